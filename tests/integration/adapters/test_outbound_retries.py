"""What `send` repeats, and when it stops: failures, time and size."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from email.utils import formatdate

import pytest

from tests.loopback import (
    Answer,
    Call,
    Handler,
    MakeServer,
    drip,
    drop,
    raw,
    reply,
    say_nothing,
)
from workflows.adapters.outbound_http import OutboundLimits


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_idempotent_request_is_retried_until_it_succeeds(
    make_server: MakeServer, call: Call, status: int
) -> None:
    server = make_server(reply(status), reply(status), reply(200, b"ok"))
    response = call(server.url("/p?token=hunter2"))
    assert (response.status, response.body, response.tries) == (200, b"ok", 3)
    assert 0.25 <= call.pauses[0] <= 0.5 <= call.pauses[1] <= 1.0
    assert [level for level, _ in call.events] == ["WARNING", "WARNING", "INFO"]
    assert f"GET {server.url('/p')}: status {status}, trying again in " in call.events[0][1]
    assert "hunter2" not in str(call.events)


@pytest.mark.parametrize(
    ("method", "status", "tries"), [("GET", 503, 3), ("DELETE", 503, 3), ("POST", 503, 1), ("GET", 500, 1)]
)
def test_last_response_is_returned_when_tries_are_used_up(
    make_server: MakeServer, call: Call, method: str, status: int, tries: int
) -> None:
    server = make_server(reply(status, b"busy"))
    response = call(server.url(), method)
    assert (response.status, response.body, response.tries) == (status, b"busy", tries)
    assert len(server.seen) == tries


@pytest.mark.parametrize(("method", "tries"), [("GET", 3), ("PUT", 3), ("POST", 1), ("PATCH", 1)])
@pytest.mark.parametrize(
    "answer", [drop, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")], ids=["no answer", "cut short"]
)
def test_lost_connection_is_retried_only_if_idempotent(
    make_server: MakeServer, call: Call, answer: Answer, method: str, tries: int
) -> None:
    server = make_server(answer)
    error = call.error(server.url(), method)
    assert (error.code, error.retryable) == ("http_connect_failed", True)
    assert len(server.seen) == tries


def test_refused_connection_is_retried_for_any_method(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = call.error(f"http://127.0.0.1:{port}/", "POST", body=b"{}")
    assert (error.code, error.retryable) == ("http_connect_failed", True)
    assert len(call.pauses) == 2


def test_unknown_name_is_an_error_that_may_pass(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = call.error("https://nowhere.example/p?token=hunter2")
    assert (error.code, error.retryable) == ("http_dns_failed", True)
    assert error.detail == "GET https://nowhere.example/p: Name or service not known"


@pytest.mark.parametrize(
    ("value", "pauses"),
    [("2", [2.0]), ("0", None), ("soon", None), ("-1", None), ("9" * 5_000, None), ("21", [])],
    ids=["seconds", "zero", "unreadable", "negative", "huge", "beyond the bound"],
)
def test_retry_after_is_honoured_up_to_a_bound(
    make_server: MakeServer, call: Call, value: str, pauses: list[float] | None
) -> None:
    server = make_server(reply(429, b"", {"Retry-After": value}), reply())
    response = call(server.url(), limits=OutboundLimits(retry_after_seconds=20))
    if pauses is None:
        assert 0.25 <= call.pauses[0] <= 0.5
    else:
        assert call.pauses == pauses
    assert response.status == (429 if pauses == [] else 200)


def test_retry_after_may_be_a_date(make_server: MakeServer, call: Call) -> None:
    date = formatdate(time.time() + 10, usegmt=True)
    call(make_server(reply(503, b"", {"Retry-After": date}), reply()).url(), limits=OutboundLimits())
    assert 8 < call.pauses[0] <= 10


def test_pause_that_would_pass_the_deadline_is_not_begun(make_server: MakeServer, call: Call) -> None:
    server = make_server(reply(503, b"", {"Retry-After": "3"}))
    assert call(server.url(), limits=OutboundLimits(timeout_seconds=2)).tries == 1
    assert call.pauses == []


@pytest.mark.parametrize(
    "answer",
    [
        say_nothing,
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;"),
    ],
    ids=["silent", "slow headers", "slow body", "slow chunk line"],
)
def test_deadline_ends_a_slow_answer(make_server: MakeServer, call: Call, answer: Answer) -> None:
    started = time.monotonic()
    error = call.error(
        make_server(answer).url("/p?token=hunter2"), limits=OutboundLimits(timeout_seconds=0.3)
    )
    assert (error.code, error.retryable) == ("http_timeout", True)
    assert 0.25 < time.monotonic() - started < 1.5
    assert "hunter2" not in error.detail


def test_deadline_ends_a_slow_lookup(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(10))
    error = call.error("http://slow.example/", limits=OutboundLimits(timeout_seconds=0.2))
    released.set()
    assert error.code == "http_timeout"


def test_connection_that_is_never_accepted_times_out_and_is_retried(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        limits = OutboundLimits(timeout_seconds=5, connect_timeout_seconds=0.1)
        error = call.error(f"http://127.0.0.1:{address[1]}/", "POST", limits=limits)
        for filler in fillers:
            filler.close()
    assert (error.code, error.retryable) == ("http_timeout", True)
    assert len(call.pauses) == 2


@pytest.mark.parametrize("size", [1_000, 1_001])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_body_larger_than_the_limit_is_an_error(
    make_server: MakeServer, call: Call, size: int, coding: str
) -> None:
    body = b"x" * size
    coded = gzip.compress(body) if coding == "gzip" else body
    server = make_server(reply(200, coded, {"Content-Encoding": coding}))
    limits = OutboundLimits(body_bytes=1_000)
    if size <= 1_000:
        assert call(server.url(), limits=limits).body == body
    else:
        error = call.error(server.url(), limits=limits)
        assert (error.code, error.retryable) == ("http_body_too_large", False)
        assert len(server.seen) == 1


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "deflate"])
def test_bomb_is_stopped_long_before_it_fills_the_memory(
    make_server: MakeServer, call: Call, coding: str
) -> None:
    bomb = bytes(100_000_000)
    for name in coding.split(", "):
        bomb = gzip.compress(bomb, 1) if name == "gzip" else zlib.compress(bomb, 1)
    server = make_server(reply(200, bomb, {"Content-Encoding": coding}))
    tracemalloc.start()
    error = call.error(server.url(), limits=OutboundLimits(body_bytes=1_000_000))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.code == "http_body_too_large"
    assert peak_bytes < 10_000_000


def test_endless_body_is_stopped_at_the_limit(make_server: MakeServer, call: Call) -> None:
    def pour(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not handler.server.released.is_set():
            handler.wfile.write(b"1000\r\n" + b"x" * 4_096 + b"\r\n")

    error = call.error(make_server(pour).url(), limits=OutboundLimits(body_bytes=100_000))
    assert error.code == "http_body_too_large"
