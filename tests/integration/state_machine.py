"""Executes a deployed state machine in this thread, its Tasks by the real node functions, on moto's records.

Retries and waits take no time; Parallel branches run one by one, in the order that a test chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.functions import invoke


class ExecutionFailed(Exception):
    """A Task failed, and no Retry was left for its error."""


class StateMachine:
    """A deployed definition.

    Attributes:
        handlers: The node functions, by the name of their target.
        before_task: Called with the payload of each Task before its function is.
        tasks: The nodes of each Task that a function was called for, in order.
        iterations: How many iterations its Maps have begun.
    """

    def __init__(self, definition: dict[str, Any]) -> None:
        self.definition = definition
        self.handlers: dict[str, Callable[[dict[str, Any]], Any]] = {
            name: partial(invoke, f"nodes/{name}") for name in ("inline", "http")
        }
        self.before_task: Callable[[dict[str, Any]], None] = lambda _: None
        self.tasks: list[list[str]] = []
        self.iterations = 0

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
                    chosen = [rule["Next"] for rule in state["Choices"] if _holds(rule, data)]
                    name = (*chosen, state["Default"])[0]
                    continue
                case "Map":
                    self.iterations += len(data["result"]["items"])
                    for item in data["result"]["items"]:
                        self._run(state["ItemProcessor"], _selected(state["ItemSelector"], data, item))
                    data = {**data, "result": state["ResultSelector"]}
                case "Parallel":
                    for part in state["Branches"]:
                        self._run(part, data)
            if state.get("End"):
                return
            name = state["Next"]

    def task(self, state: dict[str, Any], data: Any) -> Any:
        """Call a Task's function, as often as its Retry says; the state's data after it."""
        payload = {**state["Parameters"], "run": data}
        payload.pop("run.$")
        left = {
            error: retrier["MaxAttempts"]
            for retrier in state.get("Retry", [])
            for error in retrier["ErrorEquals"]
        }
        while True:
            self.before_task(payload)
            self.tasks.append(payload.get("nodes", []))
            try:
                function = state["Resource"].rpartition(":")[2].removeprefix("workflows-")
                result = self.handlers[function](payload)
            except Exception as error:
                kind = type(error).__name__
                retrier = kind if kind in left else "States.ALL"
                if left.get(retrier, 0) <= 0:
                    raise ExecutionFailed(f"{kind}: {error}") from error
                left[retrier] -= 1
            else:
                return {"$": result, "$.result": {**data, "result": result}}.get(
                    str(state.get("ResultPath")), data
                )


def _holds(rule: dict[str, Any], data: Any) -> bool:
    value = data
    for name in rule["Variable"].split(".")[1:]:
        value = value[name]
    wanted = rule["BooleanEquals"] if "BooleanEquals" in rule else rule["StringEquals"]
    return bool(value == wanted)


def _selected(selector: dict[str, str], data: Any, item: Any) -> dict[str, Any]:
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
