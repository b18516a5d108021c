from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.loopback import Answer, MakeServer, Server, reply

if TYPE_CHECKING:
    from tests.issuer import Issuer

# No test is about how long it takes: that hangs on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def make_server() -> Iterator[MakeServer]:
    servers: list[Server] = []

    def make(*answers: Answer, tls_context: ssl.SSLContext | None = None) -> Server:
        server = Server(tls_context, answers=list(answers) or [reply()])
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield make
    for server in servers:
        server.released.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def issuer(make_server: MakeServer) -> Issuer:
    # It loads cryptography, which few tests need.
    from tests.issuer import make_issuer

    return make_issuer(make_server)
