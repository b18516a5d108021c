"""Users whose calls come at once, by a bounded number of threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from urllib3.exceptions import HTTPError

from local.api import Answer
from tests.e2e.users import Call, User

CLIENTS = 16
USERS = 8
"""Each may execute, and answer, some hundred times a minute: together they may more often than they can."""

_TRIES = 8
_FIRST_PAUSE_SECONDS = 0.25

T = TypeVar("T")


def new_users(call: Call, admin_token: str) -> list[User]:
    """Users of the premium tier."""
    admin = User(call, admin_token)
    tokens = []
    for number in range(USERS):
        user_id = f"client-{number}@example.com"
        for path, body in (
            ("/users", {"user_id": user_id, "tier": "premium"}),
            (f"/users/{user_id}/tokens", {"name": "client"}),
        ):
            made = admin("POST", path, body)
            if made.status != 201:
                raise AssertionError(f"{path} answers {made.status}: {made.text}")
        tokens.append(made.json()["token"])
    return [User(call, token) for token in tokens]


def at_once(do: Callable[..., T], *arguments: Iterable[Any]) -> tuple[list[T], float]:
    """What a call gives for each of the arguments, made by all clients, and how many seconds that took."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        began = time.monotonic()
        found = list(clients.map(do, *arguments))
        return found, time.monotonic() - began


def insist(ask: Callable[[], Answer], wanted: int, refusals: list[str]) -> Answer:
    """Asks again, as clients do, as long as the stack is too busy to answer.

    Args:
        refusals: Takes what was answered instead.

    Returns:
        The wanted answer.
    """
    for tried in range(_TRIES):
        try:
            answer = ask()
        except HTTPError:
            refusals.append("none in time")
        else:
            if answer.status == wanted:
                return answer
            if answer.status != 429 and answer.status < 500:
                raise AssertionError(f"{answer.status}: {answer.text}")
            refusals.append(str(answer.status))
        time.sleep(_FIRST_PAUSE_SECONDS * 2**tried)
    raise AssertionError(f"no answer of {wanted} in {_TRIES} tries, but {refusals[-_TRIES:]}")
