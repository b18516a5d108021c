"""A simulated execution of an emitted state machine: JSONPath ASL, from https://states-language.net."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, Literal

from tests.simulation.events import Loop, Process, Signal
from tests.simulation.functions import Functions, Result, Steps
from tests.simulation.graph import Graph, Outcome, OutcomeOf
from tests.simulation.records import Crash, Deadlock, ExecutionFailed, Record, Violation

_WAITS_FOR_TOKEN = ".waitForTaskToken"


@dataclass(frozen=True, slots=True)
class Report:
    """What happened.

    Attributes:
        nodes: The records by node id; a node that the machine passed over has none.
        makespan: Seconds from the start until the last state ended.
        transitions: States entered, by type.
        finals: When a Task marked `final` ended the execution, each time.
    """

    status: Literal["completed", "failed"]
    nodes: Mapping[str, Record]
    makespan: float
    transitions: Counter[str]
    finals: tuple[float, ...]


def simulate(
    machine: Mapping[str, Any],
    graph: Graph,
    *,
    duration_of: Callable[[str], float] = lambda _: 1.0,
    outcome_of: OutcomeOf = lambda _: Outcome(),
    overhead_seconds: float = 0.0,
    random: Random | None = None,
    crashes: int = 0,
) -> Report:
    """Executes a state machine in simulated time.

    Args:
        machine: The definition.
        graph: The workflow that it was compiled from.
        duration_of: Seconds that a node takes.
        outcome_of: What a node does when it is executed.
        overhead_seconds: What entering a state costs.
        random: Orders simultaneous steps; without it, first come, first served.
        crashes: How many functions at most are killed between two steps; their Tasks come again.

    Raises:
        Violation: Something happened that never may, or nothing can happen any more.
    """
    loop = Loop(random)
    functions = Functions(graph, loop, duration_of, outcome_of, random, crashes)
    execution = _Execution(loop, functions, overhead_seconds)
    end = Signal()
    loop.start(execution.scope(machine, {}, end))
    status: Literal["completed", "failed"] = "completed"
    try:
        loop.run()
    except ExecutionFailed:
        status = "failed"
    tables = functions.tables
    if status == "completed" and not end.fired:
        raise Deadlock(f"waiting: {execution.waiting()}")
    ended_at = end.value if end.fired else loop.now
    for record in tables.nodes.values():
        # Nothing follows this delay, so nothing wrote that it is over: readers tell by its time.
        if record.status == "waiting" and record.wakes_at <= ended_at:
            record.status = "completed"
    return Report(status, tables.nodes, ended_at, execution.transitions, tuple(tables.finals))


class _Execution:
    def __init__(self, loop: Loop, functions: Functions, overhead_seconds: float) -> None:
        self.transitions: Counter[str] = Counter()
        self._loop = loop
        self._functions = functions
        self._overhead = overhead_seconds
        self._serial = count(1)

    def waiting(self) -> dict[str, tuple[str, ...]]:
        """Returns the gates at which a Task waits, and for what."""
        tables = self._functions.tables
        return {gate_id: gate.awaits for gate_id, gate in tables.gates.items() if gate.token in tables.tokens}

    def scope(self, scope: Mapping[str, Any], data: dict[str, Any], end: Signal) -> Process:
        """Goes through the states of the machine or of a branch, and then fires `end` with the time."""
        name = scope["StartAt"]
        while True:
            state = scope["States"][name]
            self.transitions[state["Type"]] += 1
            yield self._overhead
            match state["Type"]:
                case "Task":
                    result = yield from self._task(state)
                    if state.get("ResultPath") is not None:
                        data = {**data, _result_key(state): result}
                case "Wait":
                    until = _read(data, state["TimestampPath"])
                    yield max(0.0, until - self._loop.now)
                case "Parallel":
                    ends = [Signal() for _ in state["Branches"]]
                    for branch, branch_end in zip(state["Branches"], ends, strict=True):
                        self._loop.start(self.scope(branch, dict(data), branch_end))
                    for branch_end in ends:
                        yield branch_end
                case "Choice":
                    name = _chosen(state, data)
                    continue
                case "Pass":
                    pass
                case other:
                    raise Violation(f"{name} is a {other}, which the compiler does not emit")
            if state.get("End"):
                self._loop.fire(end, self._loop.now)
                return
            name = state["Next"]

    def _task(self, state: Mapping[str, Any]) -> Any:
        while True:
            if state["Resource"].endswith(_WAITS_FOR_TOKEN):
                token, answered = f"token {next(self._serial)}", Signal()
                self._functions.tables.tokens[token] = answered
                self._loop.start(self._function_with_token(state["Parameters"]["Payload"], token))
                # Such a Task has the output that came with the token, never the function's.
                if (yield answered):
                    return {}
            else:
                try:
                    result: Result = yield from self._functions.run_segment(state["Parameters"], "")
                except Crash:
                    continue
                return result

    def _function_with_token(self, payload: Mapping[str, Any], token: str) -> Steps:
        if payload.get("token.$") != "$$.Task.Token":
            raise Violation("a Task that waits for a token does not hand it on")
        try:
            yield from self._functions.run_segment(payload, token)
        except Crash:
            answered = self._functions.tables.tokens.pop(token, None)
            if answered is not None:
                self._loop.fire(answered, False)


def _result_key(state: Mapping[str, Any]) -> str:
    return str(state["ResultPath"]).removeprefix("$.")


def _read(data: Mapping[str, Any], path: str) -> Any:
    value: Any = data
    for key in path.removeprefix("$.").split("."):
        if key not in value:
            raise Violation(f"{path} is not in the state")
        value = value[key]
    return value


def _chosen(state: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    for rule in state["Choices"]:
        if _read(data, rule["Variable"]) == rule["StringEquals"]:
            return str(rule["Next"])
    return str(state["Default"])
