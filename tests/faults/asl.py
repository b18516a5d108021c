"""Runs an emitted state machine in virtual time: JSONPath ASL, from https://states-language.net."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from greenlet import GreenletExit

from tests.faults.loop import Future, Loop
from tests.integration.state_machine import holds, selected
from workflows.domain.times import parse_time

State = Mapping[str, Any]
Invoke = Callable[[str, dict[str, Any]], Future]
"""Calls a node function: its name and payload; what it returns or raises."""


class TaskError(Exception):
    """A Task failed, as Step Functions names it."""

    def __init__(self, name: str, cause: str = "") -> None:
        super().__init__(name, cause)
        self.name = name
        self.cause = cause


class _Over(BaseException):
    """The execution, or the Parallel around this branch, has ended."""


@dataclass
class _Group:
    """The branches of a Parallel: one that fails ends the others."""

    parent: _Group | None = None
    is_over: bool = False

    @property
    def ended(self) -> bool:
        return self.is_over or (self.parent is not None and self.parent.ended)


@dataclass
class Machine:
    """One execution of a state machine.

    Attributes:
        tokens: The answers that Tasks wait for, by token.
        exhausted: Whether a Task failed for good by an error other than `Stopped`.
    """

    name: str
    loop: Loop
    random: Random
    invoke: Invoke
    tokens: dict[str, Future] = field(default_factory=dict)
    exhausted: str | None = None
    group: _Group = field(default_factory=_Group)
    _serial: count[int] = field(default_factory=count)

    def run(self, definition: State, data: dict[str, Any]) -> Future:
        """Begin; the future fails with a TaskError, or is left undone when it is stopped."""
        return self.loop.spawn(lambda: self._scope(definition, data, self.group))

    def stop(self) -> None:
        self.group.is_over = True
        self.tokens.clear()

    def _scope(self, scope: State, data: dict[str, Any], group: _Group) -> None:
        name = scope["StartAt"]
        while True:
            state = scope["States"][name]
            self._sleep(self.random.uniform(0.005, 0.05), group)
            match state["Type"]:
                case "Task":
                    result = self._task(state, data, group)
                    match state.get("ResultPath"):
                        case "$.result":
                            data = {**data, "result": result}
                        case "$":
                            data = result
                case "Wait":
                    until = parse_time(data["result"]["until"]).timestamp()
                    self._sleep(max(0.0, until - self.loop.now), group)
                case "Parallel":
                    branches = [(scope, dict(data)) for scope in state["Branches"]]
                    self._side_by_side(branches, len(branches), group)
                case "Map":
                    items = [selected(state["ItemSelector"], data, item) for item in data["result"]["items"]]
                    iterations = [(state["ItemProcessor"], item) for item in items]
                    self._side_by_side(iterations, state["MaxConcurrency"], group)
                    data = {**data, "result": state["ResultSelector"]}
                case "Choice":
                    chosen = [rule["Next"] for rule in state["Choices"] if holds(rule, data)]
                    name = (*chosen, state["Default"])[0]
                    continue
                case other:
                    assert other == "Pass", other
            if state.get("End"):
                return
            name = state["Next"]

    def _side_by_side(
        self, runs: Sequence[tuple[State, dict[str, Any]]], at_once: int, parent: _Group
    ) -> None:
        """Runs branches or iterations, each with its own state, and waits for them all."""
        group, done, left, waiting = _Group(parent), Future(), len(runs), iter(runs)
        if not runs:
            return

        def work() -> None:
            nonlocal left
            try:
                for scope, data in waiting:
                    self._scope(scope, data, group)
                    left -= 1
            except GreenletExit:
                raise
            except BaseException as error:
                group.is_over = True
                done.resolve(error=error)
            else:
                if not left:
                    done.resolve()

        for _ in range(min(at_once, len(runs))):
            self.loop.spawn(work)
        self.loop.wait(done)
        self._go_on(parent)
        done.result()

    def _task(self, state: State, data: dict[str, Any], group: _Group) -> Any:
        tries = [0] * len(state.get("Retry", ()))
        while True:
            try:
                return self._try(state, data, group)
            except TaskError as error:
                seconds = self._pause(state, error.name, tries)
                if seconds is None:
                    if error.name != "Stopped":
                        self.exhausted = f"{error.name}: {error.cause}"
                    raise
                self._sleep(seconds, group)

    def _pause(self, state: State, error: str, tries: list[int]) -> float | None:
        """Seconds until the next try; None if there is none."""
        for number, retrier in enumerate(state.get("Retry", ())):
            if {error, "States.ALL"} & set(retrier["ErrorEquals"]):
                if tries[number] >= retrier["MaxAttempts"]:
                    return None
                seconds: float = retrier.get("IntervalSeconds", 1) * (
                    retrier.get("BackoffRate", 2.0) ** tries[number]
                )
                tries[number] += 1
                seconds = min(seconds, retrier.get("MaxDelaySeconds", seconds))
                return self.random.uniform(0, seconds) if "JitterStrategy" in retrier else seconds
        return None

    def _try(self, state: State, data: dict[str, Any], group: _Group) -> Any:
        parameters, token = state["Parameters"], None
        function, payload = state["Resource"], parameters
        if state["Resource"].endswith(".waitForTaskToken"):
            token, function, payload = f"{self.name} {next(self._serial)}", "", parameters["Payload"]
            function = parameters["FunctionName"]
            self.tokens[token] = Future()
        event = {name: value for name, value in payload.items() if name not in ("run.$", "token.$")}
        event |= {"run": data} if token is None else {"run": data, "token": token}
        answer = self.invoke(function.rpartition("workflows-")[2], json.loads(json.dumps(event)))
        if not self.loop.wait(answer, state.get("TimeoutSeconds")):
            self._go_on(group)
            raise TaskError("States.Timeout")
        self._go_on(group)
        if answer.error is not None:
            self.tokens.pop(token or "", None)
            raise TaskError(_name_of(answer.error), str(answer.error))
        if token is None:
            return answer.value
        waited = self.tokens.get(token)
        if waited is not None:
            self.loop.wait(waited)
            self._go_on(group)
            self.tokens.pop(token, None)
            return waited.result()
        return {}

    def _sleep(self, seconds: float, group: _Group) -> None:
        self.loop.sleep(seconds)
        self._go_on(group)

    def _go_on(self, group: _Group) -> None:
        if group.ended:
            raise _Over


def _name_of(error: BaseException) -> str:
    if isinstance(error, TaskError):
        return error.name
    return type(error).__name__ if isinstance(error, Exception) else "Lambda.Unknown"
