"""What a simulated execution keeps in its tables, and what must never happen to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from tests.simulation.events import Loop, Signal
from tests.simulation.graph import Outcome


class Violation(AssertionError):
    """The state machine or the protocol did what it must never do."""


class Deadlock(Violation):
    """Nothing is left to happen, and the state machine has not ended."""


class Crash(Exception):
    """A function was killed between two of its steps."""


class ExecutionFailed(Exception):
    """A node failed for good, and nothing tolerates it."""


@dataclass(slots=True)
class Record:
    """A node's record.

    Attributes:
        input: The sources of its live edges.
        times_run: How often its work was begun.
        wakes_at: When a delay is over.
    """

    status: Literal["running", "waiting", "completed", "failed", "skipped"]
    started_at: float
    ended_at: float
    input: tuple[str, ...] = ()
    times_run: int = 0
    outcome: Outcome | None = None
    wakes_at: float = 0.0

    @property
    def is_settled(self) -> bool:
        return self.status in ("completed", "failed", "skipped")


@dataclass(slots=True)
class Gate:
    """A gate's record: the token of the Task that waits there, and for which nodes."""

    token: str
    awaits: tuple[str, ...]


@dataclass(slots=True)
class Tables:
    """All records of an execution, and the tokens that Step Functions would answer to."""

    nodes: dict[str, Record] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    tokens: dict[str, Signal] = field(default_factory=dict)
    finals: list[float] = field(default_factory=list)
    taken_for_skipped: set[str] = field(default_factory=set)

    def put(self, node_id: str, record: Record) -> None:
        """Writes a node's record."""
        if node_id in self.taken_for_skipped:
            raise Violation(f"{node_id} has a record after somebody took it for skipped")
        if self.finals:
            raise Violation(f"{node_id} is written after the execution was completed")
        self.nodes[node_id] = record

    def all_settled(self, node_ids: Iterable[str]) -> bool:
        return all(node_id in self.nodes and self.nodes[node_id].is_settled for node_id in node_ids)

    def send_success(self, gate: Gate, loop: Loop) -> None:
        """Ends the Task that waits for the gate's token; a dead token is ignored."""
        if not self.all_settled(gate.awaits):
            raise Violation(f"a gate opened before {gate.awaits} were settled")
        signal = self.tokens.pop(gate.token, None)
        if signal is not None:
            loop.fire(signal, True)
