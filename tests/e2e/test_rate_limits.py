"""Rates over HTTP: exact under many clients at once, per endpoint and per user."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from local.api import Answer
from tests.e2e.users import Call, User
from tests.waiting import wait_for
from workflows.domain.rate_limits import WINDOW_SECONDS, Window

LIMIT = 30
"""Of downloads by a standard user in a minute, by the template's defaults."""
CLIENTS = 8
REQUESTS = LIMIT + 12
ENOUGH_SECONDS = 20
"""Left of a window, for all requests to come within it."""


@dataclass(frozen=True)
class RateLimit:
    """The header, read.

    Attributes:
        remaining: Requests.
        reset_seconds: Until the window ends.
    """

    policy: str
    remaining: int
    reset_seconds: int

    @classmethod
    def of(cls, answer: Answer) -> RateLimit:
        match = re.fullmatch(r'"(\w+)";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
        assert match, answer.headers
        return cls(match[1], int(match[2]), int(match[3]))


@pytest.fixture
def new_user(call: Call, admin: User) -> Callable[[str], User]:
    """`new_user(user_id)`: a standard user, who has asked for nothing yet."""

    def make(user_id: str) -> User:
        assert admin("POST", "/users", {"user_id": user_id}).status == 201
        made = admin("POST", f"/users/{user_id}/tokens", {"name": "test"})
        return User(call, made.json()["token"])

    return make


def test_rate_is_exact_for_many_clients_at_once_and_recovers(
    new_user: Callable[[str], User], admin: User, early_execution: str
) -> None:
    path = f"/executions/{early_execution}/logs/download"
    _warm_up(admin, path)
    ada, bob = new_user(_user_whose_window_is_half_over()), new_user("bob")

    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(lambda _: ada("GET", path), range(REQUESTS)))
    assert time.monotonic() - began < ENOUGH_SECONDS, "the machine is too slow for one window"

    # The execution is another's, so what is let through is refused for that.
    assert sorted(answer.status for answer in answers) == [404] * LIMIT + [429] * (REQUESTS - LIMIT)
    remaining = [RateLimit.of(answer).remaining for answer in answers]
    assert sorted(remaining, reverse=True) == [*range(LIMIT - 1, -1, -1), *[0] * (REQUESTS - LIMIT)]
    for answer in answers:
        assert answer.headers["RateLimit-Policy"] == f'"download_logs";q={LIMIT};w={WINDOW_SECONDS}'
    refused = [answer for answer in answers if answer.status == 429]
    for answer in refused:
        assert answer.json()["error_code"] == "rate_limited"
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) == RateLimit.of(answer).reset_seconds

    # Neither another endpoint nor another user has lost anything.
    assert ada("GET", f"/executions/{early_execution}").status == 404
    assert (bob("GET", path).status, RateLimit.of(bob("GET", path)).remaining) == (404, LIMIT - 2)

    # It recovers when it said so, and no earlier.
    last = wait_for(lambda: (ada("GET", path), time.monotonic()), lambda found: found[0].status != 429, 70)
    recovered_after = last[1] - began
    first_reset = max(RateLimit.of(answer).reset_seconds for answer in refused)
    assert first_reset - 2 <= recovered_after
    assert RateLimit.of(last[0]).remaining == LIMIT - 1


def _user_whose_window_is_half_over() -> str:
    """An id: windows begin at another second for each user, so nobody need wait for a whole one."""
    now = time.time()
    left = {name: Window.at(f"user#{name}", now).ends_at - now for name in map("ada-{}".format, range(200))}
    return next(name for name, seconds in left.items() if 30 < seconds < 35)


def _warm_up(user: User, path: str) -> None:
    """Let the engine start as many functions as there are clients, some at a time."""
    for clients in range(4, CLIENTS + 1, 4):
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(lambda _: user("GET", path), range(clients)))


def test_anonymous_callers_have_a_tenth_by_address(call: Call, early_execution: str) -> None:
    path = f"/executions/{early_execution}/logs/download"

    def statuses(address: str) -> list[int]:
        return [
            call("GET", path, headers={"X-Forwarded-For": address}).status for _ in range(LIMIT // 10 + 1)
        ]

    begun = call("GET", "/workflows?visibility=public", headers={"X-Forwarded-For": "198.51.100.251"})
    assert RateLimit.of(begun).policy == "list_workflows"
    # A window may end meanwhile; of two addresses whose windows differ, not both do.
    assert [404, 404, 404, 429] in (statuses("198.51.100.251"), statuses("198.51.100.252"))
