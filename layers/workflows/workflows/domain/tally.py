"""What an execution counts for: in totals by status, and in statistics by hour and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, log2
from typing import Any

from workflows.domain.execution import STATUSES, TERMINAL, Execution, Status
from workflows.domain.ids import id_milliseconds
from workflows.domain.times import from_milliseconds, to_milliseconds

MARKER_RECORD = "counted"
"""Sort key of the item beside an execution that says how it is counted."""

TOTAL = "total"
"""The period that has no beginning and no end."""

BUCKETS_PER_DOUBLING = 4
"""Durations are kept as a histogram whose bounds rise by the fourth root of 2: by 19 %."""

_LIFE = {status: min(rank, 3) for rank, status in enumerate(STATUSES)}
"""How far an attempt has come: of those that end it, none follows another."""

_GONE = 4
_HOUR = len("2026-02-23T16")
_DAY = len("2026-02-23")


@dataclass(frozen=True, slots=True)
class Tally:
    """How an execution is, or was, counted.

    Attributes:
        version: Rises with each change of status.
        status: None: not at all, as it was deleted.
        completed_at: Of one that has ended, ISO 8601 UTC.
    """

    version: str
    status: Status | None
    completed_at: str | None = None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Tally:
        """From the record of an execution, also of one that nobody sees any more."""
        status = item["status"]
        if status not in _LIFE:
            return cls(f"{item['attempt']:06}.{_GONE}", None)
        ended_at = item.get("completed_at") if status in TERMINAL else None
        return cls(f"{item['attempt']:06}.{_LIFE[status]}", status, ended_at)


CounterKey = tuple[str, str]
"""A list of executions by its name, and a period."""

Number = tuple[CounterKey, str]
"""One of the numbers that a counter holds, by its name."""


def contribution(execution: Execution, tally: Tally | None) -> Counter[Number]:
    """What an execution adds to each number."""
    found: Counter[Number] = Counter()
    if tally is None or tally.status is None:
        return found
    labelled = [scope for label in execution.labels for scope in execution.label_scopes(label)]
    for scope in (*execution.scopes, *labelled):
        found[(scope.name, TOTAL), tally.status] += 1
    started_at = from_milliseconds(id_milliseconds(execution.execution_id))
    for name in (scope.name for scope in execution.scopes):
        for period in _periods(started_at):
            found[(name, period), "started"] += 1
        for period in _periods(tally.completed_at):
            found[(name, period), tally.status] += 1
            if tally.status == "completed" and tally.completed_at is not None:
                taken = duration_milliseconds(execution.execution_id, tally.completed_at)
                found[(name, period), "milliseconds"] += taken
                found[(name, period), bucket_name(taken)] += 1
    return found


def duration_milliseconds(execution_id: str, completed_at: str) -> int:
    """From acceptance to end."""
    return max(0, to_milliseconds(completed_at) - id_milliseconds(execution_id))


def bucket_name(milliseconds: int) -> str:
    """Of the bucket of the histogram that a duration is in."""
    return f"b{ceil(BUCKETS_PER_DOUBLING * log2(max(1, milliseconds)))}"


def bucket_end(name: str) -> float:
    """The longest duration in a bucket, in milliseconds."""
    exponent: float = 2 ** (int(name[1:]) / BUCKETS_PER_DOUBLING)
    return exponent


def hour_period(at: str) -> str:
    """The hour in which a time is."""
    return f"hour#{at[:_HOUR]}"


def day_period(at: str) -> str:
    """The day, in UTC, in which a time is."""
    return f"day#{at[:_DAY]}"


def _periods(at: str | None) -> Iterator[str]:
    if at is not None:
        yield hour_period(at)
        yield day_period(at)
