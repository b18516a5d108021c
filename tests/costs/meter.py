"""Measures what is done to the stack on moto."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import tests.functions
from tests.costs.calls import Recorder
from tests.costs.measured import Invocation, Measured
from tests.functions import invoke
from tests.integration.conftest import Answer, World
from tests.integration.state_machine import ExecutionFailed, StateMachine
from workflows.adapters.stores import execution_store
from workflows.domain.ids import new_id
from workflows.runtime.errors import Stopped

Run = dict[str, Any]
"""The input of an attempt's state machine."""


class _Entered(dict[str, Any]):
    """States by name, of which those that are looked up are entered."""

    def __init__(self, states: dict[str, Any], entered: list[str]) -> None:
        super().__init__({name: _watched(state, entered) for name, state in states.items()})
        self._entered = entered

    def __getitem__(self, name: str) -> Any:
        state = super().__getitem__(name)
        self._entered.append(state["Type"])
        return state


def _watched(state: dict[str, Any], entered: list[str]) -> dict[str, Any]:
    if state["Type"] == "Map":
        iteration = state["ItemProcessor"]
        watched = {**iteration, "States": _Entered(iteration["States"], entered)}
        return {**state, "ItemProcessor": watched}
    if state["Type"] != "Parallel":
        return state
    branches = [{**branch, "States": _Entered(branch["States"], entered)} for branch in state["Branches"]]
    return {**state, "Branches": branches}


@dataclass
class Measuring:
    """What a block cost, once it is left."""

    result: Measured = field(default_factory=lambda: Measured(()))


@dataclass
class Meter:
    """
    Attributes:
        user: Who saves and executes; nobody else's executions are in the way.
        url: Of a server that answers `GET /<n>` with n bytes, and the path `/fail` with 500.
    """

    world: World
    recorder: Recorder
    user: str
    url: str
    _transitions: int = 0

    @contextmanager
    def measuring(self) -> Iterator[Measuring]:
        begun: list[tuple[str, int]] = []
        load = tests.functions.load
        measuring = Measuring()
        self._transitions = 0
        with self.recorder.recording() as calls:

            def counted(folder: str) -> Any:
                begun.append((folder, len(calls)))
                return load(folder)

            with patch("tests.functions.load", counted):
                yield measuring
        ends = [first for _, first in begun[1:]] + [len(calls)]
        invocations = tuple(
            Invocation(function, end - first) for (function, first), end in zip(begun, ends, strict=True)
        )
        measuring.result = Measured(tuple(calls), invocations, self._transitions)

    def call(self, function: str, **event: Any) -> Answer:
        """Call the API as the user; the answer is no error."""
        answer = self.world.call(function, **{"user": self.user, **event})
        assert answer.status < 400, answer.text
        return answer

    def save(self, definition: dict[str, Any]) -> str:
        return self.world.save(definition, user=self.user)

    def accept(self, workflow_id: str, **inputs: Any) -> str:
        return self.world.accept(workflow_id, {"url": self.url, **inputs}, user=self.user)

    def control(self, function: str, execution_id: str) -> Measured:
        """What it costs to call a function of the API about an execution."""
        with self.measuring() as measuring:
            self.call(function, path={"execution_id": execution_id})
        return measuring.result

    def run(self, execution_id: str) -> Run:
        execution = execution_store().get(execution_id)
        assert execution is not None
        return {
            "execution_id": execution_id,
            "workflow_id": execution.workflow_id,
            "version": execution.version,
            "attempt": execution.attempt,
            "path": "",
        }

    def task(self, run: Run, *nodes: str, function: str = "inline", **parameters: Any) -> Any:
        """Invoke a node function as a Task does."""
        return invoke(f"nodes/{function}", {"run": run, "nodes": list(nodes), **parameters})

    def warm(self, run: Run, *nodes: str) -> None:
        """Let this process learn nodes' configs, as a function does when it runs them for the first time."""
        nobodys = {**run, "execution_id": new_id()}
        with suppress(Stopped):
            self.task(nobodys, *nodes)

    def finish(self, execution_id: str, **settings: Any) -> None:
        """Run an accepted execution's state machine to its end, whatever that is.

        Args:
            settings: Attributes of the machine.
        """
        deployed, run = self.world.machine(execution_id)
        entered: list[str] = []
        definition = {
            **deployed.definition,
            "States": _Entered(deployed.definition["States"], entered),
        }
        machine = StateMachine(definition)
        for name, value in settings.items():
            setattr(machine, name, value)
        with suppress(ExecutionFailed):
            machine.execute(run)
        # Each retry of a Task is a transition as well.
        self._transitions += len(entered) + len(machine.tasks) - entered.count("Task")
