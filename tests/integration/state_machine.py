"""Executes a deployed state machine in this thread, its Tasks by the real node functions, on moto's records.

Retries and waits take no time; Parallel branches run one by one, in the order that a test chooses.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from tests.functions import invoke

_FUNCTIONS = ("inline", "http", "workflow", "storage", "database", "lambda", "agent")
_TOKENS = count(1)


class ExecutionFailed(Exception):
    """A Task failed, and no Retry was left for its error."""


class StateMachine:
    """A deployed definition.

    Attributes:
        handlers: The node functions, by the name of their target.
        before_task: Called with the payload of each Task before its function is.
        tasks: The nodes of each Task that a function was called for, in order.
        iterations: How many iterations its Maps have begun.
        answers: What was sent to tokens, by token; see the fixture `answers`.
        while_waiting: Called with the payload of a Task whose token has no answer yet.
    """

    def __init__(self, definition: dict[str, Any]) -> None:
        self.definition = definition
        self.handlers: dict[str, Callable[[dict[str, Any]], Any]] = {
            name: partial(invoke, f"nodes/{name}") for name in _FUNCTIONS
        }
        self.before_task: Callable[[dict[str, Any]], None] = lambda _: None
        self.tasks: list[list[str]] = []
        self.iterations = 0
        self.answers: dict[str, dict[str, str]] = {}
        self.while_waiting: Callable[[dict[str, Any]], None] = lambda _: None

    def execute(self, run: dict[str, Any]) -> None:
        """Run to the end.

        Raises:
            ExecutionFailed: As Step Functions would end it as FAILED.
        """
        self._run(self.definition, run)

    def _run(self, scope: dict[str, Any], data: Any) -> None:
        name = scope["StartAt"]
        while True:
            state = scope["States"][name]
            match state["Type"]:
                case "Task":
                    data = self.task(state, data)
                case "Choice":
                    chosen = [rule["Next"] for rule in state["Choices"] if holds(rule, data)]
                    name = (*chosen, state["Default"])[0]
                    continue
                case "Map":
                    self.iterations += len(data["result"]["items"])
                    for item in data["result"]["items"]:
                        self._run(state["ItemProcessor"], selected(state["ItemSelector"], data, item))
                    data = {**data, "result": state["ResultSelector"]}
                case "Parallel":
                    for part in state["Branches"]:
                        self._run(part, data)
            if state.get("End"):
                return
            name = state["Next"]

    def _answer(self, payload: dict[str, Any]) -> Any:
        """What the Task's token was answered with."""
        if payload["token"] not in self.answers:
            self.while_waiting(payload)
        if payload["token"] not in self.answers:
            raise Waiting(payload["nodes"][-1])
        answer = self.answers[payload["token"]]
        if "error" in answer:
            raise _TokenFailed(answer["error"], answer["cause"])
        return json.loads(answer["output"])

    def task(self, state: dict[str, Any], data: Any) -> Any:
        """Call a Task's function, as often as its Retry says; the state's data after it."""
        waits = state["Resource"].endswith(".waitForTaskToken")
        parameters = state["Parameters"]["Payload"] if waits else state["Parameters"]
        payload = {**parameters, "run": data}
        payload.pop("run.$")
        name = state["Parameters"]["FunctionName"] if waits else state["Resource"].rpartition(":")[2]
        left = {
            error: retrier["MaxAttempts"]
            for retrier in state.get("Retry", [])
            for error in retrier["ErrorEquals"]
        }
        while True:
            if waits:
                payload["token"] = f"token-{next(_TOKENS)}"
                payload.pop("token.$", None)
            self.before_task(payload)
            self.tasks.append(payload.get("nodes", []))
            try:
                result = self.handlers[name.removeprefix("workflows-")](payload)
                if waits:
                    result = self._answer(payload)
            except Exception as error:
                kind = error.name if isinstance(error, _TokenFailed) else type(error).__name__
                retrier = kind if kind in left else "States.ALL"
                if isinstance(error, Waiting) or left.get(retrier, 0) <= 0:
                    raise (
                        error if isinstance(error, Waiting) else ExecutionFailed(f"{kind}: {error}")
                    ) from error
                left[retrier] -= 1
            else:
                return {"$": result, "$.result": {**data, "result": result}}.get(
                    str(state.get("ResultPath")), data
                )


class Waiting(Exception):
    """A Task waits for its token, which nobody has answered."""


class _TokenFailed(Exception):
    def __init__(self, name: str, cause: str) -> None:
        super().__init__(cause)
        self.name = name


def holds(rule: dict[str, Any], data: Any) -> bool:
    """Whether a Choice goes by a rule."""
    value = data
    for name in rule["Variable"].split(".")[1:]:
        value = value[name]
    wanted = rule["BooleanEquals"] if "BooleanEquals" in rule else rule["StringEquals"]
    return bool(value == wanted)


def selected(selector: dict[str, str], data: Any, item: Any) -> dict[str, Any]:
    """The input of an iteration, from the few forms of paths that the compiler uses."""
    selected: dict[str, Any] = {}
    for name, path in selector.items():
        if path == "$$.Map.Item.Value":
            value = item
        elif path.startswith("States.Format("):
            template = path.removeprefix("States.Format('").partition("'")[0]
            value = template.format(data["path"], item)
        else:
            value = data[path.removeprefix("$.")]
        selected[name.removesuffix(".$")] = value
    return selected
