"""Between the tries of a request, what was logged is stored, and a cancel is seen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.functions import load


class Cancelled(Exception):
    pass


def test_pause_stores_lines_each_second_and_ends_with_a_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    node = load("nodes/http")
    clock = [100.0]
    ticks: list[float] = []
    monkeypatch.setattr(node.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(node.time, "sleep", lambda seconds: clock.append(clock.pop() + seconds))

    def check() -> None:
        if len(ticks) == 4:
            raise Cancelled

    context: Any = SimpleNamespace(
        log=SimpleNamespace(tick=lambda: ticks.append(clock[0])), cancellation=SimpleNamespace(check=check)
    )
    node._sleep(context, 2.5)
    assert ticks == [101.0, 102.0, 102.5]
    with pytest.raises(Cancelled):
        node._sleep(context, 20)
    assert clock == [103.5]
