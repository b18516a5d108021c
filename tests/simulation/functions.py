"""What the function of a Task does, step by step, by the rules of the runtime guard.

Between any two steps another function may take its own, and this one may be killed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypedDict

from tests.simulation.events import Loop, Signal
from tests.simulation.graph import Graph, Outcome, OutcomeOf
from tests.simulation.records import Crash, ExecutionFailed, Gate, Record, Tables, Violation

_CRASHES_PER_STEP = 0.05

Steps = Generator[float | Signal, Any, None]


class Result(TypedDict):
    """What a Task's function returns, both of its last node."""

    branch: str
    until: float


@dataclass(slots=True)
class Functions:
    """The functions of one simulated execution.

    Attributes:
        duration_of: Seconds that a node's work, or a delay's wait, takes.
        random: Decides when a function is killed.
        crashes_left: How often that may happen yet.
    """

    graph: Graph
    loop: Loop
    duration_of: Callable[[str], float]
    outcome_of: OutcomeOf
    random: Random | None = None
    crashes_left: int = 0
    tables: Tables = field(default_factory=Tables)

    def run_segment(
        self, parameters: Mapping[str, Any], token: str
    ) -> Generator[float | Signal, Any, Result]:
        """Settles the nodes of a Task, waits at its gate, ends the execution: as its payload says.

        Raises:
            Crash: It was killed.
            ExecutionFailed: A node failed and nothing tolerates that.
        """
        opens = parameters.get("opens", {})
        for node_id in parameters.get("settles", ()):
            yield from self._settle_delay(node_id)
            yield from self._try_gates(opens.get(node_id, ()))
        nodes = parameters.get("nodes", [])
        for node_id in nodes:
            yield from self._settle(node_id)
            yield from self._try_gates(opens.get(node_id, ()))
        if "gate" in parameters:
            yield from self._wait_at_gate(parameters["gate"], parameters["awaits"], token)
        yield from self._step()
        if parameters.get("final"):
            self.tables.finals.append(self.loop.now)
        if not nodes:
            return {"branch": "", "until": 0.0}
        last = self.tables.nodes[nodes[-1]]
        return {"branch": last.outcome.branch if last.outcome else "", "until": last.wakes_at}

    def _settle(self, node_id: str) -> Steps:
        yield from self._step()
        known = self.tables.nodes.get(node_id)
        if known is not None and (known.is_settled or known.status == "waiting"):
            return
        live = self.graph.live_sources(node_id, self._outcomes_before(node_id))
        yield from self._step()
        if live is None:
            self.tables.put(node_id, Record("skipped", self.loop.now, self.loop.now))
            return
        record = Record("running", self.loop.now, self.loop.now, live, 1)
        if known is not None:
            record.started_at, record.times_run = known.started_at, known.times_run + 1
        self.tables.put(node_id, record)
        yield from self._execute(node_id, record)

    def _execute(self, node_id: str, record: Record) -> Steps:
        node, outcome = self.graph.nodes[node_id], self.outcome_of(node_id)
        seconds = self.duration_of(node_id)
        yield 0.0 if node.sleeps else seconds
        yield from self._step()
        if not node.tolerates(outcome):
            record.status, record.ended_at = "failed", self.loop.now
            raise ExecutionFailed(node_id)
        record.outcome = outcome
        record.ended_at = record.wakes_at = self.loop.now
        if node.sleeps and not outcome.failed:
            record.status = "waiting"
            record.ended_at = record.wakes_at = self.loop.now + seconds
        else:
            record.status = "failed" if outcome.failed else "completed"

    def _outcomes_before(self, node_id: str) -> dict[str, Outcome]:
        """Returns the outcomes of the node's predecessors; no record counts as skipped."""
        outcomes = {}
        for source, _ in self.graph.nodes[node_id].incoming:
            record = self.tables.nodes.get(source)
            if record is None:
                self.tables.taken_for_skipped.add(source)
                continue
            if not record.is_settled and not self._is_over(record):
                raise Violation(f"{node_id} reads {source}, which is {record.status}")
            if record.outcome is not None:
                outcomes[source] = record.outcome
        return outcomes

    def _is_over(self, record: Record) -> bool:
        return record.status == "waiting" and record.wakes_at <= self.loop.now

    def _settle_delay(self, node_id: str) -> Steps:
        yield from self._step()
        record = self.tables.nodes.get(node_id)
        if record is None or record.is_settled:
            return
        if not self._is_over(record):
            raise Violation(f"{node_id} is settled before it is over")
        yield from self._step()
        record.status = "completed"

    def _try_gates(self, gate_ids: tuple[str, ...]) -> Steps:
        for gate_id in gate_ids:
            yield from self._step()
            gate = self.tables.gates.get(gate_id)
            if gate is not None:
                yield from self._open_if_settled(Gate(gate.token, gate.awaits))

    def _wait_at_gate(self, gate_id: str, awaits: Sequence[str], token: str) -> Steps:
        yield from self._step()
        written = Gate(token, tuple(awaits))
        self.tables.gates[gate_id] = written
        yield from self._open_if_settled(written)

    def _open_if_settled(self, gate: Gate) -> Steps:
        yield from self._step()
        if self.tables.all_settled(gate.awaits):
            yield from self._step()
            self.tables.send_success(gate, self.loop)

    def _step(self) -> Steps:
        """Lets others take a step of theirs first, and may be where the function is killed."""
        if self.crashes_left and self.random and self.random.random() < _CRASHES_PER_STEP:
            self.crashes_left -= 1
            raise Crash
        yield 0.0
