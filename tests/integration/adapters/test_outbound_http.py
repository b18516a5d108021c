"""What `send` sends, receives and follows, against real servers on loopback."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import zlib

import pytest

from tests.loopback import (
    Call,
    MakeServer,
    raw,
    redirect,
    reply,
)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"])
def test_method_body_and_headers_arrive_as_given(make_server: MakeServer, call: Call, method: str) -> None:
    server = make_server(reply(201, b"" if method == "HEAD" else b"done", {"X-Id": "7"}))
    body = json.dumps({"grüße": [1, 2.5, None]}).encode()
    response = call(server.url("/a"), method, headers={"Content-Type": "application/json"}, body=body)
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.body) == (method, "/a", body)
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert response.status == 201
    assert response.headers["x-id"] == "7"
    assert response.body == (b"" if method == "HEAD" else b"done")
    assert response.url == server.url("/a")
    assert response.tries == 1


def test_query_is_encoded_and_appended(make_server: MakeServer, call: Call) -> None:
    server = make_server()
    call(server.url("/ä b?x=1&y=%20#part"), query=(("q", "a&b=c ü"), ("q", "2")))
    assert server.seen[0].path == "/%C3%A4%20b?x=1&y=%20&q=a%26b%3Dc+%C3%BC&q=2"


def test_given_headers_replace_the_defaults_whatever_their_case(make_server: MakeServer, call: Call) -> None:
    server = make_server()
    call(server.url(), headers={"user-agent": "me", "accept-encoding": "identity"})
    assert server.seen[0].headers.get_all("User-Agent") == ["me"]
    assert server.seen[0].headers.get_all("Accept-Encoding") == ["identity"]


def test_repeated_response_headers_are_joined(make_server: MakeServer, call: Call) -> None:
    answer = b"HTTP/1.1 200 OK\r\nVary: A\r\nvary: B\r\nContent-Length: 0\r\n\r\n"
    assert call(make_server(raw(answer)).url()).headers["vary"] == "A, B"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nabcdefg",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"abcdefg"),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" + zlib.compress(b"abcdefg"),
    ],
    ids=["chunked", "until close", "gzip", "deflate"],
)
def test_body_is_read_however_it_is_framed_and_coded(
    make_server: MakeServer, call: Call, answer: bytes
) -> None:
    assert call(make_server(raw(answer)).url()).body == b"abcdefg"


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab",
    ],
    ids=["not HTTP", "too many headers", "not gzip", "two lengths"],
)
def test_answer_that_is_not_valid_is_an_error(make_server: MakeServer, call: Call, answer: bytes) -> None:
    error = call.error(make_server(raw(answer)).url())
    assert (error.code, error.retryable) == ("http_response_invalid", False)


def test_malformed_headers_do_not_put_the_query_into_the_log(
    make_server: MakeServer, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    server = make_server(raw(b"HTTP/1.1 200 OK\r\nno colon here\r\nX: y\r\n\r\nbody"))
    call(server.url("/?token=hunter2"))
    assert "hunter2" not in caplog.text


def test_early_refusal_of_a_large_body_is_read(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                while connection.recv(65_536):
                    pass

        threading.Thread(target=refuse, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert call(url, "POST", body=b"x" * 1_000_000).status == 413


@pytest.mark.parametrize(
    ("status", "method", "expected"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (301, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "PATCH", "PATCH"),
    ],
)
def test_redirect_keeps_or_changes_the_method(
    make_server: MakeServer, call: Call, status: int, method: str, expected: str
) -> None:
    server = make_server(redirect("../b?c=1#d", status), reply())
    headers = {"Content-Type": "text/plain", "Authorization": "t"}
    response = call(server.url("/x/a"), method, headers=headers, body=b"data")
    second = server.seen[1]
    assert (second.method, second.path) == (expected, "/b?c=1")
    assert second.body == (b"data" if expected == method else b"")
    assert ("Content-Type" in second.headers) is (expected == method)
    assert second.headers["Authorization"] == "t"
    assert response.url == server.url("/b?c=1")
    assert response.tries == 2


def test_redirect_to_another_origin_leaves_credentials_behind(make_server: MakeServer, call: Call) -> None:
    other = make_server()
    server = make_server(redirect(other.url("/back")), reply())
    other.answers[:] = [redirect(server.url("/again"), 307)]
    secrets = {"Authorization": "Bearer s", "Cookie": "s", "X-Api-Key": "s", "Idempotency-Key": "k"}
    call(server.url(), headers={**secrets, "Accept": "text/csv"})
    for seen in (other.seen[0], server.seen[1]):
        assert seen.headers["Accept"] == "text/csv"
        assert not any(name in seen.headers for name in secrets)


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "http_address_forbidden"),
        ("http://127.0.0.1:1/", "http_address_forbidden"),
        ("//[::1]/", "http_address_forbidden"),
        ("http://2130706433/", "http_address_forbidden"),
        ("http://user:hunter2@127.0.0.1/", "http_url_invalid"),
        ("file:///etc/passwd", "http_url_invalid"),
        ("http://[::1", "http_url_invalid"),
    ],
)
def test_redirect_meets_the_rules_again(
    make_server: MakeServer, call: Call, location: str, code: str
) -> None:
    server = make_server(redirect(location))
    error = call.error(server.url(), allowed=f"127.0.0.1:{server.server_port}")
    assert (error.code, error.retryable) == (code, False)
    assert "hunter2" not in error.detail
    assert len(server.seen) == 1


def test_redirect_location_beyond_ascii_is_utf8(make_server: MakeServer, call: Call) -> None:
    answer = "HTTP/1.1 302 Found\r\nLocation: /größe\r\nContent-Length: 0\r\n\r\n".encode()
    server = make_server(raw(answer), reply())
    call(server.url())
    assert server.seen[1].path == "/gr%C3%B6%C3%9Fe"


def test_sixth_redirect_is_refused(make_server: MakeServer, call: Call) -> None:
    server = make_server(redirect("/loop"))
    error = call.error(server.url())
    assert (error.code, error.retryable) == ("http_too_many_redirects", False)
    assert len(server.seen) == 6


def test_redirect_without_location_is_the_answer(make_server: MakeServer, call: Call) -> None:
    assert call(make_server(reply(302, b"where?")).url()).body == b"where?"
