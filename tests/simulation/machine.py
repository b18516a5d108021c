"""A simulated execution of an emitted state machine: JSONPath ASL, from https://states-language.net."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any, Literal

from tests.simulation.events import Loop, Process, Signal
from tests.simulation.functions import Functions, Result
from tests.simulation.graph import Graph, Outcome, OutcomeOf
from tests.simulation.interruptions import Interruptions
from tests.simulation.records import Deadlock, ExecutionFailed, Record, TaskError, Violation
from tests.simulation.retries import Retries

_WAITS_FOR_TOKEN = ".waitForTaskToken"


@dataclass(frozen=True, slots=True)
class Report:
    """What happened.

    Attributes:
        nodes: The records by node id; a node that the machine passed over has none.
        makespan: Seconds from the start until the last state ended.
        transitions: States entered, by type.
        finals: When Tasks marked `final` ended the execution.
        error: Name of the error that failed the execution.
    """

    status: Literal["completed", "failed"]
    nodes: Mapping[str, Record]
    makespan: float
    transitions: Counter[str]
    finals: tuple[float, ...]
    error: str = ""


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
        crashes: How many functions at most are killed between two steps, or outlive their Task's try.

    Raises:
        Violation: Something happened that never may, or nothing can happen any more.
    """
    loop = Loop(random)
    functions = Functions(graph, loop, duration_of, outcome_of)
    execution = _Execution(loop, functions, Interruptions(random, crashes), overhead_seconds)
    end = Signal()
    loop.start(execution.scope(machine, {}, end))
    error = ""
    try:
        loop.run()
    except ExecutionFailed as failed:
        error = str(failed)
    tables = functions.tables
    if not error and not end.fired:
        raise Deadlock(f"waiting: {execution.waiting()}")
    ended_at = end.value if end.fired else loop.now
    for node_id, record in tables.nodes.items():
        # Nothing follows this delay, so nothing wrote that it is over: readers tell by its time.
        if record.status == "waiting" and record.wakes_at <= ended_at:
            tables.nodes[node_id] = replace(record, status="completed")
    return Report(
        status="failed" if error else "completed",
        nodes=tables.nodes,
        makespan=ended_at,
        transitions=execution.transitions,
        finals=tuple(tables.finals.values()),
        error=error,
    )


class _Execution:
    def __init__(
        self, loop: Loop, functions: Functions, interruptions: Interruptions, overhead_seconds: float
    ) -> None:
        self.transitions: Counter[str] = Counter()
        self._loop = loop
        self._functions = functions
        self._interruptions = interruptions
        self._overhead = overhead_seconds
        self._serial = count(1)

    def waiting(self) -> dict[str, tuple[str, ...]]:
        """Returns the gates at which a Task waits, and for what."""
        tables = self._functions.tables
        return {
            gate_id: gate.awaits
            for gate_id, gate in tables.gates.items()
            if not tables.tokens.keys().isdisjoint(gate.tokens)
        }

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
                    yield from self._loop.until(_read(data, state["TimestampPath"]))
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

    def _task(self, state: Mapping[str, Any]) -> Generator[float | Signal, Any, Any]:
        retries = Retries(state.get("Retry", ()), self._loop.random)
        while True:
            answer = yield from self._try(state)
            if not isinstance(answer, TaskError):
                return answer
            delay = retries.delay_seconds(answer.name)
            if delay is None:
                raise ExecutionFailed(answer.name)
            yield delay

    def _try(self, state: Mapping[str, Any]) -> Generator[float | Signal, Any, Any]:
        """Invokes the Task's function, and returns the output or the error of that try."""
        payload, token, answered = state["Parameters"], "", Signal()
        if state["Resource"].endswith(_WAITS_FOR_TOKEN):
            payload, token = payload["Payload"], f"token {next(self._serial)}"
            if payload.get("token.$") != "$$.Task.Token":
                raise Violation("a Task that waits for a token does not hand it on")
            self._functions.tables.tokens[token] = answered
        self._loop.start(self._function(payload, token, answered))
        return (yield answered)

    def _function(self, payload: Mapping[str, Any], token: str, answered: Signal) -> Process:
        def answer(with_what: Result | TaskError) -> None:
            self._functions.tables.tokens.pop(token, None)
            if not answered.fired:
                self._loop.fire(answered, with_what)

        try:
            steps = self._functions.run_segment(payload, token)
            result = yield from self._interruptions.among(steps, answer)
        except TaskError as error:
            answer(error)
        else:
            # A Task that waits has the output that comes with the token, never the function's.
            if not token:
                answer(result)


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
