from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from wfx.errors import UsageFault
from wfx.times import duration, moment, second_of


@time_machine.travel(datetime(2026, 2, 23, 12, 0, tzinfo=UTC), tick=False)
@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("90s", "2026-02-23T11:58:30.000Z"),
        ("15m", "2026-02-23T11:45:00.000Z"),
        ("2h", "2026-02-23T10:00:00.000Z"),
        ("3d", "2026-02-20T12:00:00.000Z"),
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        ("yesterday", "yesterday"),
    ],
)
def test_time_is_taken_as_typed_or_so_long_ago(text: str, time: str) -> None:
    assert moment(text) == time


@pytest.mark.parametrize("text", ["999999d", f"{10**20}s", f"{'9' * 5_000}h"])
def test_time_longer_ago_than_there_are_times_is_a_fault_of_usage(text: str) -> None:
    with pytest.raises(UsageFault, match="too long ago"):
        moment(text)


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ("2026-02-23T16:30:05.512Z", "0.5 s"),
        ("2026-02-23T16:31:04.900Z", "59.9 s"),
        ("2026-02-23T16:31:10.000Z", "1 min 05 s"),
        ("2026-02-23T18:33:05.000Z", "2 h 03 min"),
        ("2026-02-23T16:30:04.000Z", "0.0 s"),
        (None, ""),
        ("no time", ""),
    ],
)
def test_duration_is_told_in_the_units_that_matter(end: str | None, text: str) -> None:
    assert duration("2026-02-23T16:30:05.000Z", end) == text


def test_duration_of_what_goes_on_is_until_now() -> None:
    now = datetime(2026, 2, 23, 16, 30, 9, tzinfo=UTC)
    assert duration("2026-02-23T16:30:05.000Z", None, now) == "4.0 s"
    assert duration(None, None, now) == ""


def test_time_is_shown_to_the_second() -> None:
    assert second_of("2026-02-23T16:30:05.123Z") == "2026-02-23 16:30:05"
    assert second_of(None) == ""
