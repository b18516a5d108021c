from __future__ import annotations

import pytest

from benchmarks.rows import Row, Rows


def rows_of(method: str, value: float, target: float) -> Row:
    found: list[Row] = []
    getattr(Rows(found.append), method)("size", value, target, "{:.1f} MB", reason="it grew")
    (row,) = found
    return row


@pytest.mark.parametrize(
    ("method", "value", "target", "verdict"),
    [
        ("at_most", 2.0, 2.0, "yes"),
        ("at_most", 2.5, 2.0, "NO, 25.0% over: it grew"),
        ("at_most", 3.0, 0.0, "NO, 3 over: it grew"),
        ("at_least", 2.0, 2.0, "yes"),
        ("at_least", 1.5, 2.0, "NO, 25.0% under: it grew"),
    ],
)
def test_a_figure_says_how_far_it_is_from_its_target(
    method: str, value: float, target: float, verdict: str
) -> None:
    row = rows_of(method, value, target)
    sign = "<=" if method == "at_most" else ">="
    assert (row.value, row.target, row.verdict) == (f"{value} MB", f"{sign} {target} MB", verdict)


def test_a_figure_for_information_has_no_verdict() -> None:
    assert Row("size", "2 MB").verdict == ""
