from __future__ import annotations

import pytest

from workflows.report.durations import clock, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.004, "0.004 s"),
        (0.12, "0.12 s"),
        (3.44, "3.4 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3_599.6, "1 h"),
        (7_320, "2 h 2 min"),
        (86_400 * 3 + 4 * 3_600 + 59, "3 d 4 h"),
        (86_400 + 59, "1 d"),
    ],
)
def test_duration_is_said_in_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_clock_is_a_time_without_its_zone() -> None:
    assert clock("2026-02-23T16:30:05.123Z") == "2026-02-23 16:30:05.123"
