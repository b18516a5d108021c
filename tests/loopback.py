"""Servers on loopback that answer by script, and calls of `send` to them."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import pytest

from workflows.adapters.address_guard import AddressGuard
from workflows.adapters.outbound_http import OutboundLimits, OutboundRequest, OutboundResponse, send
from workflows.domain.errors import NodeError

Answer = Callable[["Handler"], None]
Resolve = Callable[..., list[str]]


class MakeServer(Protocol):
    def __call__(self, *answers: Answer, tls_context: ssl.SSLContext | None = None) -> Server: ...


@dataclass
class Seen:
    method: str
    path: str
    headers: Message
    body: bytes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        is_request = self.raw_requestline and self.parse_request()
        self.close_connection = True
        if not is_request:
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(Seen(self.command, self.path, self.headers, body))
        answers = self.server.answers
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *args: object) -> None:
        pass


@dataclass
class Server(ThreadingHTTPServer):
    """Gives its answers in order, the last one for ever; `released` is set when the test is over."""

    tls_context: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    daemon_threads = True
    block_on_close = False

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        if self.tls_context:
            self.socket = self.tls_context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def server_bind(self) -> None:
        # HTTPServer's own looks its name up, which can take seconds.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "loopback", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        pass

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls_context else 'http'}://{host}:{self.server_port}{path}"


def reply(status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        # Whoever keeps connections would meet this one's end while it sends the next request.
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def reply_json(status: int, body: object) -> Answer:
    return reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def redirect(location: str, status: int = 302) -> Answer:
    return reply(status, b"moved", {"Location": location})


def raw(data: bytes) -> Answer:
    def answer(handler: Handler) -> None:
        handler.wfile.write(data)

    return answer


def drop(handler: Handler) -> None:
    """Closes the connection without a word."""


def say_nothing(handler: Handler) -> None:
    handler.server.released.wait(10)


def drip(head: bytes) -> Answer:
    def answer(handler: Handler) -> None:
        handler.wfile.write(head)
        while not handler.server.released.wait(0.02):
            handler.wfile.write(b"x")

    return answer


@dataclass
class Call:
    """Sends with a guard that opens 127.0.0.1 and localhost, records pauses and events."""

    pauses: list[float] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)

    def __call__(
        self,
        url: str,
        method: str = "GET",
        *,
        allowed: str = "127.0.0.1, localhost",
        limits: OutboundLimits | None = None,
        tls_context: ssl.SSLContext | None = None,
        **request: Any,
    ) -> OutboundResponse:
        return send(
            OutboundRequest(method, url, **request),
            AddressGuard(frozenset(allowed.split(", ") if allowed else ())),
            limits or OutboundLimits(timeout_seconds=5),
            on_event=lambda level, message: self.events.append((level, message)),
            tls_context=tls_context,
            sleep=self.pauses.append,
        )

    def error(self, url: str, method: str = "GET", **options: Any) -> NodeError:
        with pytest.raises(NodeError) as caught:
            self(url, method, **options)
        return caught.value
