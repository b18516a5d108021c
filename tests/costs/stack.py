"""The stack that costs are measured on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count
from random import Random
from threading import Thread
from types import SimpleNamespace
from unittest.mock import patch

import tests.costs.scenarios_api
import tests.costs.scenarios_lifecycle
import tests.costs.scenarios_loops
import tests.costs.scenarios_nodes
import tests.costs.scenarios_reading
import tests.costs.scenarios_waiting
import tests.costs.scenarios_whole  # noqa: F401 (the seven register what they measure)
from tests.costs.calls import Recorder
from tests.costs.measured import Measured
from tests.costs.meter import Meter
from tests.costs.scenarios import ALONE, SCENARIOS
from tests.integration.aws import fresh_aws
from tests.integration.conftest import World
from tests.loopback import Handler, Server, reply
from workflows.adapters.stored_secrets import master_secret
from workflows.adapters.stores import user_store
from workflows.domain.times import now
from workflows.domain.token import TokenText
from workflows.domain.user import User

TOKEN = TokenText("owner", "0123456789abcdef", "0123456789abcdef" * 4)
"""Of the authorizer's sample event."""


class Stack:
    """Measures scenarios, one after the other, each by a user of its own."""

    def __init__(self, url: str, moto: ExitStack) -> None:
        self._url = url
        self._moto = moto
        self._numbers = count(100)

    def measure(self, name: str) -> Measured:
        if name in ALONE:
            self.empty()
        with self.metering(name) as meter:
            return SCENARIOS[name](meter)

    @contextmanager
    def metering(self, name: str) -> Iterator[Meter]:
        """A meter whose figures are the same each time; ids follow from the name of what is measured."""
        master_secret()  # Read once a process, whichever scenario comes first.
        # Nor does it hang on chance which shard of a list or a log an id is in.
        with patch("workflows.domain.ids.os", SimpleNamespace(urandom=Random(name).randbytes)):
            yield self.meter()

    def meter(self) -> Meter:
        """One by a user of its own; their ids have one length, since units go by size."""
        return Meter(World(), Recorder(), f"user-{next(self._numbers)}", self._url)

    def empty(self) -> None:
        """Make the stack anew, without an execution."""
        self._moto.close()
        self._moto.enter_context(fresh_aws())
        created_at = "2026-02-23T16:30:00.000Z"
        user_store().create(User("owner", "user", "standard", created_at))
        token = replace(TOKEN.to_token("sample", created_at), last_used_on=now()[:10])
        user_store().add_token(token)


@contextmanager
def stack() -> Iterator[Stack]:
    server = Server(answers=[_answer])
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with ExitStack() as moto:
            made = Stack(server.url(), moto)
            made.empty()
            yield made
    finally:
        server.shutdown()
        server.server_close()


def _answer(handler: Handler) -> None:
    # It is a part of an `http` node's output: let that have the same size under each Python.
    handler.sys_version = "Python"
    name = handler.path.strip("/")
    answer = reply(500) if name == "fail" else reply(200, b"x" * int(name), {"Content-Type": "text/plain"})
    answer(handler)
