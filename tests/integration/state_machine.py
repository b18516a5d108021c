"""Executes a deployed state machine in this thread, its Tasks by the real node functions, on moto's records.

Retries and waits take no time; Parallel branches run one by one, in the order that a test chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.functions import invoke

_FUNCTIONS = {"inline": "nodes/inline", "http": "nodes/http"}


class ExecutionFailed(Exception):
    """A Task failed, and no Retry was left for its error."""


class StateMachine:
    """A deployed definition.

    Attributes:
        before_task: Called with the payload of each Task before its function is.
        tasks: The nodes of each Task that a function was called for, in order.
    """

    def __init__(self, definition: dict[str, Any], seconds_left: float = 60.0) -> None:
        self._definition = definition
        self._seconds_left = seconds_left
        self.before_task: Callable[[dict[str, Any]], None] = lambda _: None
        self.tasks: list[list[str]] = []

    def execute(self, run: dict[str, Any]) -> None:
        """Run to the end.

        Raises:
            ExecutionFailed: As Step Functions would end it as FAILED.
        """
        self._run(self._definition, run)

    def _run(self, scope: dict[str, Any], data: Any) -> None:
        name = scope["StartAt"]
        while True:
            state = scope["States"][name]
            match state["Type"]:
                case "Task":
                    data = self._task(state, data)
                case "Choice":
                    branch = data["result"]["branch"]
                    chosen = [rule["Next"] for rule in state["Choices"] if rule["StringEquals"] == branch]
                    name = (*chosen, state["Default"])[0]
                    continue
                case "Parallel":
                    for part in state["Branches"]:
                        self._run(part, data)
            if state.get("End"):
                return
            name = state["Next"]

    def _task(self, state: dict[str, Any], data: Any) -> Any:
        payload = {**state["Parameters"], "run": data}
        payload.pop("run.$")
        left = {
            error: retrier["MaxAttempts"] for retrier in state["Retry"] for error in retrier["ErrorEquals"]
        }
        while True:
            self.before_task(payload)
            self.tasks.append(payload["nodes"])
            try:
                function = _FUNCTIONS[state["Resource"].rpartition(":")[2]]
                result = invoke(function, payload, self._seconds_left)
            except Exception as error:
                kind = type(error).__name__
                if left.get(kind, 0) <= 0:
                    raise ExecutionFailed(f"{kind}: {error}") from error
                left[kind] -= 1
            else:
                return {**data, "result": result} if state["ResultPath"] == "$.result" else data
