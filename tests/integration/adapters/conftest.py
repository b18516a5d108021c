from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.loopback import Call, Resolve


@pytest.fixture
def call() -> Call:
    return Call()


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Makes the resolver give these answers in order; returns the list of names it is asked for."""

    def install(*answers: list[str]) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
            asked.append(host)
            addresses = answers[min(len(asked), len(answers)) - 1]
            family = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(family[":" in a], socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return install
