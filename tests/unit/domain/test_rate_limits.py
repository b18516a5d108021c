"""Windows, shares and subjects of rates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.access import Caller
from workflows.domain.endpoints import Endpoint
from workflows.domain.rate_limits import WINDOW_SECONDS, Rates, Shares, Usage, Window, subject

_times = st.floats(min_value=1.7e9, max_value=4e9, allow_nan=False)


@given(st.text(max_size=30), _times)
def test_window_is_a_minute_that_holds_the_present(who: str, now: float) -> None:
    window = Window.at(who, now)
    assert now < window.ends_at <= now + WINDOW_SECONDS
    assert 1 <= window.reset_seconds(now) <= WINDOW_SECONDS
    assert Window.at(who, window.ends_at - 0.001) == window
    assert Window.at(who, window.ends_at).ends_at == window.ends_at + WINDOW_SECONDS
    # Who waits for as long as told is in the next one.
    assert Window.at(who, now + window.reset_seconds(now)) != window


def test_windows_of_callers_do_not_all_begin_at_once() -> None:
    ends = {Window.at(f"user#{number}", 1.8e9).ends_at for number in range(100)}
    assert len(ends) > WINDOW_SECONDS // 2


@pytest.mark.parametrize(
    ("tier", "limit"), [("anonymous", 6), ("standard", 60), ("premium", 600)], ids=lambda value: str(value)
)
def test_tiers_have_their_shares(tier: str, limit: int) -> None:
    rates = Rates(
        {"execute": 60, "get": 600, "list": 120, "download": 30, "other": 120},
        Shares(anonymous=10, premium=1_000),
    )
    caller = Caller("user", "ada", tier)  # type: ignore[arg-type]
    assert rates.limit(caller, Endpoint("execute_workflow", "execute")) == limit


def test_share_is_never_nothing() -> None:
    assert Shares(anonymous=1, premium=100).of("anonymous", 30) == 1


@pytest.mark.parametrize(("used", "remaining", "is_exceeded"), [(1, 2, False), (3, 0, False), (4, 0, True)])
def test_usage_counts_down_to_nothing(used: int, remaining: int, is_exceeded: bool) -> None:
    usage = Usage("list_users", 3, used, 17)
    assert (usage.remaining, usage.is_exceeded) == (remaining, is_exceeded)
    assert Usage.from_context(usage.to_context()) == usage
    assert Usage.from_context({"role": "user"}) is None


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (Caller("user", "ada", address="203.0.113.7"), "user#ada"),
        (Caller("anonymous", address="203.0.113.7"), "address#203.0.113.7"),
        (Caller("anonymous", address="2001:db8:1:2:3:4:5:6"), "address#2001:db8:1:2::/64"),
        (Caller("anonymous", address="::ffff:203.0.113.7"), "address#203.0.113.7"),
        (Caller("anonymous", address="test-invoke-source-ip"), "address#unknown"),
    ],
)
def test_subject_is_the_user_or_the_network(caller: Caller, expected: str) -> None:
    assert subject(caller) == expected
