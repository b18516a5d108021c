"""What the function of a Task does, step by step, by the rules of the runtime guard.

Between any two steps another function may take its own, and this one may be killed; a try that is killed is
not counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, Literal, TypedDict

from tests.simulation.events import Loop, Signal
from tests.simulation.graph import Graph, Outcome, OutcomeOf
from tests.simulation.records import (
    Gate,
    Record,
    Stopped,
    Superseded,
    Tables,
    TimedOut,
    TryFailed,
    Violation,
    Woken,
)

_LEASE_MARGIN_SECONDS = 30.0

Status = Literal["completed", "failed"]

Steps = Generator[float | Signal, Any, None]


class Result(TypedDict, total=False):
    """What a Task's function returns, of its last node.

    Attributes:
        branch: Where a Choice follows.
        until: When it is over, of a delay.
    """

    branch: str
    until: float


def own_gate(node_id: str) -> str:
    """Id of the gate at which a node's Task waits for an answer to the node."""
    return f"node/{node_id}"


@dataclass(slots=True)
class Functions:
    """The functions of one simulated execution.

    Attributes:
        duration_of: Seconds that a node's work, or a delay's wait, takes.
    """

    graph: Graph
    loop: Loop
    duration_of: Callable[[str], float]
    outcome_of: OutcomeOf
    tables: Tables = field(default_factory=Tables)

    def run_segment(
        self, parameters: Mapping[str, Any], token: str
    ) -> Generator[float | Signal, Any, Result]:
        """Settles the nodes of a Task, waits at its gate, ends the execution: as its payload says.

        Raises:
            TaskError: It failed.
        """
        opens = parameters.get("opens", {})
        for node_id in parameters.get("settles", ()):
            if self.graph.nodes[node_id].asks:
                self._check_answered(node_id)
            else:
                yield from self._settle_delay(node_id)
            yield from self._try_gates(opens.get(node_id, ()))
        nodes = parameters.get("nodes", [])
        for node_id in nodes:
            yield from self._settle(node_id)
            yield from self._try_gates(opens.get(node_id, ()))
        if "gate" in parameters:
            yield from self._wait_at_gate(parameters["gate"], parameters["awaits"], token)
        elif nodes and self.graph.nodes[nodes[-1]].asks:
            yield from self._wait_for_answer(nodes[-1], token)
        yield from self._step()
        if parameters.get("final"):
            self._check_running()
            # Who comes again finds the execution completed.
            self.tables.finals.setdefault(tuple(nodes), self.loop.now)
        return self._result(nodes, parameters.get("chooses", False))

    def _result(self, nodes: Sequence[str], chooses: bool) -> Result:
        result: Result = {}
        if nodes:
            last = self.tables.nodes[nodes[-1]]
            if chooses:
                result["branch"] = last.outcome.branch if last.outcome else ""
            if self.graph.nodes[nodes[-1]].sleeps:
                result["until"] = last.wakes_at
        return result

    def _settle(self, node_id: str) -> Steps:
        yield from self._step()
        self._check_running()
        known = self.tables.nodes.get(node_id)
        if known is not None and known.status == "waiting" and self.graph.nodes[node_id].asks:
            yield from self._look(node_id, known)
            return
        if known is not None and (known.is_settled or known.status == "waiting"):
            return
        live = self.graph.live_sources(node_id, self._outcomes_before(node_id))
        yield from self._step()
        now = self.loop.now
        if live is None:
            self.tables.put(node_id, Record("skipped", now, now), known)
            return
        if known is not None and known.lease_until > now:
            raise Superseded(node_id)
        record = Record(
            "running",
            started_at=known.started_at if known else now,
            ended_at=now,
            input=live,
            times_run=1 + (known.times_run if known else 0),
            failed_tries=known.failed_tries if known else 0,
            lease_until=now + self.duration_of(node_id) + _LEASE_MARGIN_SECONDS,
        )
        self.tables.put(node_id, record, known)
        yield from self._execute(node_id, record)

    def _execute(self, node_id: str, record: Record) -> Steps:
        node, outcome = self.graph.nodes[node_id], self.outcome_of(node_id)
        seconds = self.duration_of(node_id)
        yield 0.0 if node.sleeps or node.asks else seconds
        yield from self._step()
        if node.asks:
            yield from self._ask(node_id, record)
            return
        now = self.loop.now
        ended = replace(record, ended_at=now, wakes_at=now, lease_until=0.0)
        if record.failed_tries < outcome.failed_tries:
            self.tables.put(node_id, replace(ended, failed_tries=record.failed_tries + 1), record)
            raise TryFailed(node_id)
        if not node.tolerates(outcome):
            self.tables.put(node_id, replace(ended, status="failed", is_fatal=True), record)
            self.tables.has_failed = True
            raise Stopped(node_id)
        ended = replace(ended, status="failed" if outcome.failed else "completed", outcome=outcome)
        if node.sleeps and not outcome.failed:
            ended = replace(ended, status="waiting", ended_at=now + seconds, wakes_at=now + seconds)
        self.tables.put(node_id, ended, record)

    def _ask(self, node_id: str, record: Record) -> Steps:
        """Starts what the node waits for, at most once for each of its tries; and lets it wait."""
        key = node_id, record.failed_tries
        if self.graph.nodes[node_id].starts_another and key not in self.tables.happened:
            self.tables.happened[key] = False
            self.loop.start(self._happen(*key))
            yield from self._step()
        self.tables.put(node_id, replace(record, status="waiting", lease_until=0.0, wakes_at=inf), record)
        if key not in self.tables.happened:
            # Nobody can answer before.
            self.tables.happened[key] = False
            self.loop.start(self._happen(*key))

    def _happen(self, node_id: str, tries: int) -> Steps:
        """What the world does: somebody answers, or time is over, or the other execution ends."""
        yield self.duration_of(node_id)
        self.tables.happened[node_id, tries] = True
        outcome = self.outcome_of(node_id)
        is_answer = not (self.graph.nodes[node_id].starts_another or outcome.failed)
        if is_answer:
            record = self.tables.nodes[node_id]
            answered = replace(record, status="completed", ended_at=self.loop.now, outcome=outcome)
            self.tables.put(node_id, answered, record)
        yield from self._step()
        gate = self.tables.gates.get(own_gate(node_id))
        for token in [*gate.tokens] if gate else ():
            yield from self._step()
            if is_answer:
                self.tables.send_success(token, (node_id,), self.loop, outcome.branch)
            else:
                is_other = self.graph.nodes[node_id].starts_another
                self.tables.send_failure(token, Woken() if is_other else TimedOut(), self.loop)

    def _look(self, node_id: str, record: Record) -> Steps:
        """Settles a node that waits, if what it waits for has happened and nobody else records that."""
        node, outcome = self.graph.nodes[node_id], self.outcome_of(node_id)
        has_happened = self.tables.happened[node_id, record.failed_tries]
        if not has_happened or not (node.starts_another or outcome.failed):
            return
        yield from self._step()
        ended = replace(record, ended_at=self.loop.now)
        if record.failed_tries < outcome.failed_tries:
            again = replace(ended, status="running", failed_tries=record.failed_tries + 1)
            self.tables.put(node_id, again, record)
            raise TryFailed(node_id)
        if not node.tolerates(outcome):
            self.tables.put(node_id, replace(ended, status="failed", is_fatal=True), record)
            self.tables.has_failed = True
            raise Stopped(node_id)
        status: Status = "failed" if outcome.failed else "completed"
        self.tables.put(node_id, replace(ended, status=status, outcome=outcome), record)

    def _wait_for_answer(self, node_id: str, token: str) -> Steps:
        if self.tables.nodes[node_id].status == "waiting":
            yield from self._step()
            self.tables.gates.setdefault(own_gate(node_id), Gate([], (node_id,))).tokens.append(token)
            yield from self._settle(node_id)
        yield from self._step()
        record = self.tables.nodes[node_id]
        if record.status != "waiting":
            branch = record.outcome.branch if record.outcome else ""
            self.tables.send_success(token, (node_id,), self.loop, branch)

    def _check_answered(self, node_id: str) -> None:
        record = self.tables.nodes.get(node_id)
        if record is not None and not record.is_settled:
            raise Violation(f"{node_id} is {record.status} after its Task")

    def _check_running(self) -> None:
        if self.tables.has_failed:
            raise Stopped("the execution has failed")

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
        self._check_running()
        record = self.tables.nodes.get(node_id)
        if record is None or record.is_settled:
            return
        if not self._is_over(record):
            raise Violation(f"{node_id} is settled before it is over")
        yield from self._step()
        self.tables.put(node_id, replace(record, status="completed"), record)

    def _try_gates(self, gate_ids: tuple[str, ...]) -> Steps:
        for gate_id in gate_ids:
            yield from self._step()
            gate = self.tables.gates.get(gate_id)
            if gate is not None:
                yield from self._open_if_settled(Gate([*gate.tokens], gate.awaits))

    def _wait_at_gate(self, gate_id: str, awaits: Sequence[str], token: str) -> Steps:
        yield from self._step()
        written = self.tables.gates.setdefault(gate_id, Gate([], tuple(awaits)))
        written.tokens.append(token)
        yield from self._open_if_settled(Gate([*written.tokens], written.awaits))

    def _open_if_settled(self, gate: Gate) -> Steps:
        yield from self._step()
        if self.tables.all_settled(gate.awaits):
            for token in gate.tokens:
                yield from self._step()
                self.tables.send_success(token, gate.awaits, self.loop)

    def _step(self) -> Steps:
        """Lets others take a step of theirs first, and may be where the function is killed."""
        yield 0.0
