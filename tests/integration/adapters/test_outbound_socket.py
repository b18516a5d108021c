"""Where `send` connects: the guard against hostile hosts and resolvers, and TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from tests.loopback import (
    Answer,
    Call,
    MakeServer,
    Resolve,
    Server,
    drip,
    redirect,
    reply,
)
from workflows.adapters.outbound_http import OutboundLimits

MakeTlsServer = Callable[..., Server]
PUBLIC_IP = "93.184.216.34"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "１２７.0.0.1",  # noqa: RUF001
        "127。0。0。1",
        "10.0.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "169.254.170.2",
        "100.100.100.200",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::169.254.169.254]",
        "[2002:7f00:1::]",
        "[fd00:ec2::254]",
        "[fe80::1]",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_forbidden_host_is_refused_however_it_is_written(call: Call, scheme: str, host: str) -> None:
    error = call.error(f"{scheme}://{host}/latest/meta-data/", allowed="")
    assert (error.code, error.retryable) == ("http_address_forbidden", False)
    assert call.pauses == []


@pytest.mark.parametrize("addresses", [["10.0.0.5"], ["::ffff:169.254.169.254"], [PUBLIC_IP, "127.0.0.1"]])
def test_name_that_resolves_to_a_forbidden_address_is_refused(
    call: Call, resolve: Resolve, addresses: list[str]
) -> None:
    resolve(addresses)
    error = call.error("http://public.example/p?token=hunter2")
    assert error.code == "http_address_forbidden"
    assert "http://public.example/p" in error.detail
    assert not any(address in error.detail for address in addresses)
    assert "hunter2" not in error.detail


def test_rebinding_between_check_and_connection_is_not_possible(
    call: Call, resolve: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[Any] = []

    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            connected.append(address)
            raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "socket", Socket)
    asked = resolve([PUBLIC_IP], ["127.0.0.1"])
    error = call.error("http://rebind.example:8080/", limits=OutboundLimits(retries=0))
    assert error.code == "http_connect_failed"
    assert asked == ["rebind.example"]
    assert connected == [(PUBLIC_IP, 8080)]


def test_retry_meets_the_guard_again(call: Call, resolve: Resolve, monkeypatch: pytest.MonkeyPatch) -> None:
    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "socket", Socket)
    asked = resolve([PUBLIC_IP], ["127.0.0.1"])
    assert call.error("http://rebind.example/").code == "http_address_forbidden"
    assert len(asked) == 2


def test_allowed_host_is_open_by_name_and_port(make_server: MakeServer, call: Call) -> None:
    server = make_server()
    assert call(server.url(), allowed=f"127.0.0.1:{server.server_port}").status == 200
    assert call(server.url(host="LocalHost"), allowed="localhost").status == 200
    assert call.error(server.url(), allowed="localhost").code == "http_address_forbidden"
    assert call.error(server.url(), allowed="127.0.0.1:1").code == "http_address_forbidden"


def test_second_address_is_tried_when_the_first_refuses(
    make_server: MakeServer, call: Call, resolve: Resolve
) -> None:
    server = make_server()
    resolve(["127.0.0.2", "127.0.0.1"])
    assert call(server.url(host="api.local"), allowed="api.local").tries == 1
    assert server.seen[0].headers["Host"] == f"api.local:{server.server_port}"


def test_international_name_is_resolved_in_its_ascii_form(call: Call, resolve: Resolve) -> None:
    asked = resolve(["10.0.0.1"])
    assert "http://xn--bcher-kva.example/" in call.error("http://Bücher.example/").detail
    assert asked == ["xn--bcher-kva.example"]


def test_proxy_from_the_environment_is_not_used(
    make_server: MakeServer, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = make_server(reply(418))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url())
    assert call(make_server().url()).status == 200
    assert not proxy.seen


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def make_tls_server(make_server: MakeServer, authority: trustme.CA) -> MakeTlsServer:
    def make(name: str, *answers: Answer) -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        return make_server(*answers, tls_context=context)

    return make


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_certificate_of_the_host_is_accepted(
    make_tls_server: MakeTlsServer, trusting: ssl.SSLContext, call: Call, host: str
) -> None:
    server = make_tls_server(host, reply(200, b"secret"))
    assert call(server.url(host=host), tls_context=trusting).body == b"secret"
    assert server.seen[0].headers["Host"] == f"{host}:{server.server_port}"


def test_certificate_of_another_host_is_refused(
    make_tls_server: MakeTlsServer, trusting: ssl.SSLContext, call: Call
) -> None:
    server = make_tls_server("elsewhere.example")
    error = call.error(server.url(host="localhost"), tls_context=trusting)
    assert (error.code, error.retryable) == ("http_tls_failed", False)
    assert "Hostname mismatch" in error.detail
    assert not server.seen


def test_certificate_of_an_unknown_authority_is_refused(make_tls_server: MakeTlsServer, call: Call) -> None:
    server = make_tls_server("localhost")
    assert call.error(server.url(host="localhost")).code == "http_tls_failed"
    assert not server.seen


def test_server_that_speaks_no_tls_is_an_error(make_server: MakeServer, call: Call) -> None:
    url = make_server(reply()).url().replace("http:", "https:")
    assert call.error(url).code in {"http_tls_failed", "http_connect_failed"}


def test_redirect_from_https_to_http_is_refused(
    make_server: MakeServer, make_tls_server: MakeTlsServer, trusting: ssl.SSLContext, call: Call
) -> None:
    plain = make_server()
    server = make_tls_server("localhost", redirect(plain.url()))
    error = call.error(server.url(host="localhost"), tls_context=trusting)
    assert error.code == "http_url_invalid"
    assert "https to http" in error.detail
    assert not plain.seen


def test_deadline_ends_a_slow_tls_answer(
    make_tls_server: MakeTlsServer, trusting: ssl.SSLContext, call: Call
) -> None:
    server = make_tls_server("localhost", drip(b"HTTP/1.1 200 OK\r\nX-Slow: "))
    limits = OutboundLimits(timeout_seconds=0.5)
    assert (
        call.error(server.url(host="localhost"), tls_context=trusting, limits=limits).code == "http_timeout"
    )
