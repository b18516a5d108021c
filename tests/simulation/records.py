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


class TaskError(Exception):
    """What a Task's function ended with; its Retry goes by the name."""

    name = ""


class Killed(TaskError):
    """The function was killed between two of its steps."""

    name = "Lambda.Unknown"


class GivenUp(TaskError):
    """Step Functions lost sight of the function, which works on."""

    name = "Lambda.SdkClientException"


class TryFailed(TaskError):
    """A try of a node failed, and it has some left."""

    name = "TryFailed"


class Stopped(TaskError):
    """A node failed for good and nothing tolerates that, or the execution has failed."""

    name = "Stopped"


class Superseded(TaskError):
    """Another function has the node."""

    name = "Superseded"


class Woken(TaskError):
    """What a node waits for has happened, and its function is to look."""

    name = "Woken"


class TimedOut(TaskError):
    """Nobody has answered in the Task's time."""

    name = "States.Timeout"


class ExecutionFailed(Exception):
    """A Task failed, and its Retry does not mend it."""


@dataclass(frozen=True, slots=True)
class Record:
    """A node's record: each write is a new one.

    Attributes:
        input: The sources of its live edges.
        times_run: How often its work was begun.
        failed_tries: How often it failed with tries left.
        is_fatal: Whether it failed and nothing tolerates that.
        lease_until: Until when the node is the function's that runs it.
        wakes_at: When a delay is over; never, where somebody is to answer.
    """

    status: Literal["running", "waiting", "completed", "failed", "skipped"]
    started_at: float
    ended_at: float
    input: tuple[str, ...] = ()
    times_run: int = 0
    failed_tries: int = 0
    is_fatal: bool = False
    lease_until: float = 0.0
    outcome: Outcome | None = None
    wakes_at: float = 0.0

    @property
    def is_settled(self) -> bool:
        return self.status in ("completed", "failed", "skipped") and not self.is_fatal


@dataclass(slots=True)
class Gate:
    """A gate's record: the tokens of the Tasks that came to wait there, and for which nodes."""

    tokens: list[str]
    awaits: tuple[str, ...]


@dataclass(slots=True)
class Tables:
    """All records of an execution, and the tokens that Step Functions would answer to.

    Attributes:
        finals: When the execution was completed, by the nodes of the Task that did it.
        happened: Whether what a node's try waits for has happened, by node and try.
    """

    nodes: dict[str, Record] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    tokens: dict[str, Signal] = field(default_factory=dict)
    finals: dict[tuple[str, ...], float] = field(default_factory=dict)
    taken_for_skipped: set[str] = field(default_factory=set)
    has_failed: bool = False
    happened: dict[tuple[str, int], bool] = field(default_factory=dict)

    def put(self, node_id: str, record: Record, previous: Record | None) -> None:
        """Writes a node's record over `previous`, as read before.

        Raises:
            Superseded: Somebody else wrote it meanwhile.
        """
        if self.nodes.get(node_id) is not previous:
            raise Superseded(node_id)
        if node_id in self.taken_for_skipped:
            raise Violation(f"{node_id} has a record after somebody took it for skipped")
        if self.finals:
            raise Violation(f"{node_id} is written after the execution was completed")
        self.nodes[node_id] = record

    def all_settled(self, node_ids: Iterable[str]) -> bool:
        return all(node_id in self.nodes and self.nodes[node_id].is_settled for node_id in node_ids)

    def send_success(self, token: str, awaits: Iterable[str], loop: Loop, branch: str = "") -> None:
        """Ends the Task that waits for the token; a dead token is ignored."""
        if not self.all_settled(awaits):
            raise Violation(f"a gate opened before {awaits} were settled")
        signal = self.tokens.pop(token, None)
        if signal is not None:
            loop.fire(signal, {"branch": branch})

    def send_failure(self, token: str, error: TaskError, loop: Loop) -> None:
        """Fails the Task that waits for the token; a dead token is ignored."""
        signal = self.tokens.pop(token, None)
        if signal is not None:
            loop.fire(signal, error)
