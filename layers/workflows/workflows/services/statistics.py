"""What became of executions, by hour or day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal

from workflows.adapters.counters import CounterStore
from workflows.adapters.stores import counter_store
from workflows.domain.access import Caller
from workflows.domain.errors import Malformed, Problem
from workflows.domain.tally import BUCKETS_PER_DOUBLING, bucket_end, day_period, hour_period
from workflows.domain.times import format_time, from_milliseconds, now, to_milliseconds
from workflows.services.execution_lists import ExecutionLists, ListFilter, execution_lists

Period = Literal["hour", "day"]

_FIRST, _LAST = 0, to_milliseconds("9999-12-31T23:59:59.999Z")
"""Nothing was before, and no calendar of ours knows what is after."""

_LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_DEFAULT_PERIODS = {"hour": 24, "day": 30}
MAX_PERIODS = {"hour": 7 * 24, "day": 366}


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the executions that were started, or have ended, in some time.

    Attributes:
        milliseconds: How long those that completed took together, from acceptance to end.
        durations: The same as a histogram, by the names of its buckets.
    """

    started: int
    completed: int
    failed: int
    cancelled: int
    milliseconds: int
    durations: Mapping[str, int]

    @classmethod
    def of(cls, numbers: Counter[str]) -> Statistics:
        return cls(
            started=numbers["started"],
            completed=numbers["completed"],
            failed=numbers["failed"],
            cancelled=numbers["cancelled"],
            milliseconds=numbers["milliseconds"],
            durations={name: count for name, count in numbers.items() if name[1:].isdigit() and count > 0},
        )

    @property
    def success_rate(self) -> float | None:
        """Of those that completed or failed; None: there were none."""
        ended = self.completed + self.failed
        return self.completed / ended if ended else None

    @property
    def mean_seconds(self) -> float | None:
        return self.milliseconds / self.completed / 1000 if self.completed else None

    def percentile_seconds(self, share: float) -> float | None:
        """The time in which a share of those that completed did so, within a tenth."""
        rank = share * sum(self.durations.values())
        for name in sorted(self.durations, key=bucket_end):
            rank -= self.durations[name]
            if rank <= 0:
                # The middle of the bucket, which is as far from its lower end as from its upper one.
                return bucket_end(name) / 2 ** (0.5 / BUCKETS_PER_DOUBLING) / 1000
        return None


@dataclass(frozen=True, slots=True)
class PeriodStatistics:
    """
    Attributes:
        start: Of the hour or day, ISO 8601 UTC.
    """

    start: str
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class StatisticsAnswer:
    """
    Attributes:
        whole: Of all periods together.
    """

    whole: Statistics
    periods: Sequence[PeriodStatistics]


@dataclass(frozen=True, slots=True)
class ExecutionStatistics:
    lists: ExecutionLists
    counters: CounterStore

    def get(self, caller: Caller, wanted: ListFilter, period: Period) -> StatisticsAnswer:
        """Of the executions that a list of the same filter would hold; statuses do not matter.

        Args:
            wanted: Its times are those of the periods: the first and the last are given whole. By default
                the last 24 hours or 30 days.

        Raises:
            Malformed: There are too many periods in that time.
            NotFound, Unauthenticated, Forbidden: As for the list.
        """
        scope = self.lists.scope(caller, wanted)
        starts = _starts(wanted, period)
        key = hour_period if period == "hour" else day_period
        found = self.counters.statistics(scope.name, key(starts[0]), key(starts[-1]))
        numbers = [found.get(key(start), Counter()) for start in starts]
        whole: Counter[str] = Counter()
        for each in numbers:
            whole.update(each)
        periods = [
            PeriodStatistics(start, Statistics.of(each)) for start, each in zip(starts, numbers, strict=True)
        ]
        return StatisticsAnswer(Statistics.of(whole), periods)


def _starts(wanted: ListFilter, period: Period) -> list[str]:
    """When the periods begin that a time touches, in order."""
    length = _LENGTHS[period]
    before = to_milliseconds(now()) + 1 if wanted.before is None else wanted.before
    last = _floor(before - 1, period)
    first = last - (_DEFAULT_PERIODS[period] - 1) * length
    if wanted.since is not None:
        first = _floor(wanted.since, period)
    count = (last - first) // length + 1
    if not 1 <= count <= MAX_PERIODS[period]:
        detail = f"the time must hold 1 to {MAX_PERIODS[period]} {period}s, and holds {max(0, count)}"
        raise Malformed(detail, problems=(Problem("started_after", detail),))
    return [format_time(first + number * length) for number in range(count)]


def _floor(milliseconds: int, period: Period) -> datetime:
    known = min(max(milliseconds, _FIRST), _LAST)
    moment = datetime.fromisoformat(from_milliseconds(known)).astimezone(UTC)
    hour = 0 if period == "day" else moment.hour
    return moment.replace(hour=hour, minute=0, second=0, microsecond=0)


@cache
def execution_statistics() -> ExecutionStatistics:
    return ExecutionStatistics(execution_lists(), counter_store())
