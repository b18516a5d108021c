"""Statistics as callers get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from workflows.http.answer import Answer, Time

if TYPE_CHECKING:
    from workflows.services.statistics import Statistics
    from workflows.services.statistics import StatisticsAnswer as Found


class DurationAnswer(Answer):
    mean: float | None
    p50: float | None
    p95: float | None


class StatisticsAnswer(Answer):
    """`duration` is of executions that completed: seconds from acceptance to end."""

    started: int
    completed: int
    failed: int
    cancelled: int
    success_rate: float | None
    duration: DurationAnswer

    @classmethod
    def of(cls, statistics: Statistics) -> StatisticsAnswer:
        return cls(
            started=statistics.started,
            completed=statistics.completed,
            failed=statistics.failed,
            cancelled=statistics.cancelled,
            success_rate=_rounded(statistics.success_rate, 4),
            duration=DurationAnswer(
                mean=_rounded(statistics.mean_seconds, 3),
                p50=_rounded(statistics.percentile_seconds(0.5), 3),
                p95=_rounded(statistics.percentile_seconds(0.95), 3),
            ),
        )


class PeriodAnswer(StatisticsAnswer):
    """`start` is the first moment of the hour or day, in UTC."""

    start: Time


class StatisticsByPeriodAnswer(StatisticsAnswer):
    """Of the whole time, and of each period in it."""

    period: Literal["hour", "day"]
    periods: list[PeriodAnswer]

    @classmethod
    def of_all(cls, period: Literal["hour", "day"], found: Found) -> StatisticsByPeriodAnswer:
        periods = [
            PeriodAnswer(start=each.start, **StatisticsAnswer.of(each.statistics).to_json())
            for each in found.periods
        ]
        return cls(period=period, periods=periods, **StatisticsAnswer.of(found.whole).to_json())


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)
