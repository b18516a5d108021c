"""The life of an execution: which status follows which, and what each change writes.

    pending ──► running ──► completed | failed | cancelled
      ▲  │ ╲      │
      │  │  ╲     ▼
      │  └───► paused ──► cancelled
      └─ the next attempt: from paused by resume, from failed by retry, and from pending or running where
         the engine's history is full

Every change is one conditional write: it holds only in one of its `sources`, and where it is about an
attempt, only in that one. `due_at` is when the reconciler looks at the execution if nothing happens before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workflows.domain.execution import STATUSES, Execution, Status
from workflows.domain.execution_error import ExecutionError
from workflows.domain.payload import Payload
from workflows.domain.times import format_time, parse_time

LEGAL: dict[Status, frozenset[Status]] = {
    "pending": frozenset({"pending", "running", "paused", "failed", "cancelled"}),
    "running": frozenset({"pending", "paused", "completed", "failed", "cancelled"}),
    "paused": frozenset({"pending", "cancelled"}),
    "completed": frozenset(),
    "failed": frozenset({"pending"}),
    "cancelled": frozenset(),
}

START_SECONDS = 60
"""How long an accepted attempt may take to begin before the reconciler starts it (again)."""

STOP_SECONDS = 60
"""When the reconciler tells Step Functions once more to stop what must not run."""

MAX_LEASE_SECONDS = 900
"""AWS Lambda's quota for a function."""

CHECK_SECONDS = 60
MAX_CHECK_SECONDS = 900
"""How long a running execution goes unchecked: as long as it has run already, within these bounds."""


def sources_of(target: Status) -> tuple[Status, ...]:
    """The statuses from which `target` may be reached, in the order of life."""
    return tuple(status for status in STATUSES if target in LEGAL[status])


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of status.

    Attributes:
        sources: The statuses in which it holds.
        attempt: The attempt in which it holds; None: in any.
        changes: What it writes besides, by attribute; None removes one.
    """

    target: Status
    sources: tuple[Status, ...]
    attempt: int | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        illegal = [source for source in self.sources if self.target not in LEGAL[source]]
        if illegal:
            raise ValueError(f"an execution never goes from {illegal} to {self.target}")


def begun(execution: Execution, at: str) -> Transition:
    """Its first node starts: the time that it may take counts from here on."""
    left, whole = execution.remaining_seconds, execution.timeout_seconds
    seconds = whole if left is None else left
    changes: dict[str, Any] = {"begun_at": at, "remaining_seconds": None}
    if seconds is not None:
        changes["deadline"] = later(at, seconds)
    # It is due already, as it was to begin by then: moving that would cost two units of the index.
    if seconds is not None and changes["deadline"] < (execution.due_at or ""):
        changes["due_at"] = changes["deadline"]
    return Transition("running", ("pending",), execution.attempt, changes)


def completed(attempt: int, result: Payload | None, at: str) -> Transition:
    changes = {"completed_at": at, "result": result and result.to_item(), "due_at": None, "deadline": None}
    return Transition("completed", ("running",), attempt, changes)


def failed(
    attempt: int, error: ExecutionError, at: str, sources: tuple[Status, ...] = ("running",)
) -> Transition:
    """It ends by itself, as its state machine does."""
    changes = {"completed_at": at, "error": error.to_item(), "due_at": None, "deadline": None}
    return Transition("failed", sources, attempt, changes)


def timed_out(attempt: int, at: str) -> Transition:
    """Its time is over: the state machine is to be stopped, too."""
    changes = {
        "completed_at": at,
        "error": ExecutionError("timed_out", "the execution took longer than its time-out").to_item(),
        "due_at": later(at, STOP_SECONDS),
        "deadline": None,
    }
    return Transition("failed", ("running",), attempt, changes)


def cancelled(execution: Execution, at: str) -> Transition:
    """No node starts from here on, but those that clean up after what has begun: they are a last attempt."""
    changes: dict[str, Any] = {
        "completed_at": at,
        "cancelled_at": at,
        "paused_at": None,
        "due_at": later(at, STOP_SECONDS),
        "deadline": None,
    }
    if execution.clean_up_arn and execution.begun_at:
        # It starts once the nodes under way have left off, whose leases are no longer than a function's life.
        until = later(at, MAX_LEASE_SECONDS + (execution.clean_up_seconds or 0))
        changes |= {"attempt": execution.attempt + 1, "cleans_up": True, "due_at": at, "deadline": until}
    return Transition("cancelled", (execution.status,), execution.attempt, changes)


def paused(execution: Execution, at: str) -> Transition:
    """Nothing starts any more, and the time that it may take stands still."""
    changes = {
        "paused_at": at,
        "deadline": None,
        "remaining_seconds": _remaining_seconds(execution, at),
        "due_at": later(at, STOP_SECONDS),
    }
    return Transition("paused", (execution.status,), execution.attempt, changes)


def resumed(execution: Execution, at: str) -> Transition:
    """The next attempt carries on where this one was paused."""
    return _next_attempt(execution.attempt, ("paused",), later(at, START_SECONDS), {"paused_at": None})


def retried(execution: Execution, at: str) -> Transition:
    """The next attempt starts from what failed, with its whole time before it."""
    changes = {"completed_at": None, "error": None, "remaining_seconds": None}
    return _next_attempt(execution.attempt, ("failed",), later(at, START_SECONDS), changes)


def carried_on(execution: Execution, at: str) -> Transition:
    """The next attempt goes on where Step Functions has no room left for this one's history."""
    changes = {"deadline": None, "remaining_seconds": _remaining_seconds(execution, at)}
    return _next_attempt(execution.attempt, (execution.status,), at, changes)


def next_check(execution: Execution, at: str) -> str:
    """When to check again on an execution that was found running."""
    ran = parse_time(at) - parse_time(execution.begun_at or execution.started_at)
    due_at = later(at, min(max(ran.total_seconds(), CHECK_SECONDS), MAX_CHECK_SECONDS))
    return min(due_at, execution.deadline) if execution.deadline else due_at


def later(at: str, seconds: float) -> str:
    """The time `seconds` after another."""
    moment: datetime = parse_time(at) + timedelta(seconds=seconds)
    return format_time(moment)


def _remaining_seconds(execution: Execution, at: str) -> int | None:
    if execution.deadline is None:
        return execution.remaining_seconds
    return max(0, int((parse_time(execution.deadline) - parse_time(at)).total_seconds()))


def _next_attempt(
    attempt: int, sources: tuple[Status, ...], due_at: str, changes: Mapping[str, Any]
) -> Transition:
    return Transition("pending", sources, attempt, {**changes, "attempt": attempt + 1, "due_at": due_at})
