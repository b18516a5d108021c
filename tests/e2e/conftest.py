"""A stack of the tests' own: the template, built and deployed to a free port, and shut down at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from local.api import Answer, Api
from local.demo_server import serving
from local.stack import Stack
from tests.documented import check_answer, operation_at
from tests.e2e.shared_stack import shared_stack
from tests.e2e.users import Call, User

_FIRST = ("test_rate_limits.py", "test_access.py", "test_lifecycle.py", "test_logs.py", "test_cors.py")
"""Files that wait or work longest, each for a process of its own, and what these take next."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first: they would else be at work alone when all others are done."""
    items.sort(key=lambda item: _FIRST.index(item.path.name) if item.path.name in _FIRST else len(_FIRST))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running stack: `base_url`, `tokens`, `headers`, `endpoint_url`."""
    run = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a directory of its own in that of the run.
    with shared_stack((run.parent if "PYTEST_XDIST_WORKER" in os.environ else run) / "stack") as stack:
        yield stack


@pytest.fixture(scope="session")
def call(stack: Stack) -> Callable[..., Answer]:
    """`call(method, path, token=..., json=..., headers=...)`: one request, no redirect followed.

    Whatever an operation of the API answers is as its document says.
    """
    send = Api(stack.base_url, stack.headers).call

    def checked(method: str, path: str, **options: Any) -> Answer:
        answer = send(method, path, **options)
        if operation_id := operation_at(method, path.removeprefix(stack.base_url)):
            check_answer(operation_id, answer.status, answer.headers, answer.text)
        return answer

    return checked


@pytest.fixture
def loopback_server() -> Iterator[Callable[[type[BaseHTTPRequestHandler]], str]]:
    """`loopback_server(handler)` serves on a free port for the test's time and gives the base URL."""
    with ExitStack() as servers:
        yield lambda handler: servers.enter_context(serving(handler))


@pytest.fixture(scope="session")
def shop_url() -> Iterator[str]:
    """The base URL of the server that the order example calls."""
    with serving() as base_url:
        yield base_url


@pytest.fixture
def owner(call: Call, stack: Stack) -> User:
    return User(call, stack.tokens["owner"])


@pytest.fixture
def admin(call: Call, stack: Stack) -> User:
    return User(call, stack.tokens["admin"])


@pytest.fixture
def other(call: Call, stack: Stack) -> User:
    return User(call, stack.tokens["other"])


@pytest.fixture(scope="session", autouse=True)
def early_execution(call: Call, stack: Stack) -> str:
    """One that ends before the first test: its log is archived half a minute later, while others run."""
    owner = User(call, stack.tokens["owner"])
    definition = {"name": "early", "nodes": [{"id": "start", "type": "start"}], "edges": []}
    return owner.execute(owner.save(definition))
