"""URLs that mean to lead inside: none of them connects anywhere, however it writes the address.

What single parts make of single addresses is in their own tests; here a whole `send` meets a corpus, with the
machine's resolver or one that answers by script, and no socket may ever connect.
"""

# ruff: noqa: RUF001  (the look-alikes are the point)

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.loopback import Call, MakeServer, redirect

FORBIDDEN = "http_address_forbidden"
INVALID = "http_url_invalid"

# What `inet_aton`, and with it the machine's resolver, takes for 127.0.0.1 or 169.254.169.254.
NUMERIC = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.255",
    "2130706433",
    "0x7f000001",
    "0x7F.1",
    "0x7f.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.1",
    "0",
    "0.0.0.0",
    "0x0",
    "2852039166",
    "0xa9fea9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "025177524776",
    "169.254.43518",
    "169.16689662",
    "10.1",
    "0xa000001",
    "192.168.257",
    "3232235777",
    "4294967295",
]

IPV6 = [
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::FFFF:7F00:1]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:5601:5601]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "[5f00::1]",
]

# Digits and dots that IDNA makes plain ones of, so that the resolver sees an address.
UNICODE = [
    "１２７.0.0.1",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "①②⑦.⓪.⓪.①",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "１６９．２５４．１６９．２５４",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "lo\u00adcalhost",
    "lo\u200bcalhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
]

MALFORMED = [
    "http://user@127.0.0.1/",
    "http://user:pass@127.0.0.1/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1@example.com/",
    "http://example.com:80@127.0.0.1:80/",
    "http://example.com%40127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\example.com/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:99999999/",
    "http://example.com:８０/",
    "http://example.com:+80/",
    "http://example.com:0x50/",
    "http://127.0.0.1%2f@example.com/",
    "http://127.0.0.1%00.example.com/",
    "http://127.0.0.1\x00.example.com/",
    "http://127.0.0.1\t/",
    "http://example.com/\r\nHost: 127.0.0.1",
    "http://example.com\r\n/",
    "http://127.0.0.1\n.example.com/",
    "http://[::1%25lo]/",
    "http://[::1%lo]/",
    "http://[fe80::1%25eth0]/",
    "http://[::ffff:127.0.0.1/",
    "http://::1/",
    "http://[127.0.0.1]/",
    "http://[::1]127.0.0.1/",
    "http://0x7f000001]/",
    "http:///127.0.0.1/",
    "http:127.0.0.1",
    "http:/127.0.0.1/",
    "http://",
    "//127.0.0.1/",
    "127.0.0.1",
    "http://./",
    "http://../",
    "http://%6c%6f%63%61%6c%68%6f%73%74/",
    "http://%31%32%37.0.0.1/",
    "http://*/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "gopher://127.0.0.1:6379/_SET%20a%20b",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "ws://127.0.0.1/",
    "jar:http://127.0.0.1!/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "view-source:http://127.0.0.1/",
    " ",
]

METADATA = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"


@pytest.fixture
def call() -> Call:
    return Call()


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where sockets connect to; they do not get there."""
    found: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        found.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return found


def answering(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Lets the resolver give these answers in order, the last one for ever; returns what it is asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("host", [*NUMERIC, *IPV6, *UNICODE])
def test_host_leads_nowhere(call: Call, connected: list[Any], host: str) -> None:
    """Either it is read as what it is, and forbidden, or it is no host at all; never is it connected to."""
    for scheme in ("http", "https"):
        error = call.error(f"{scheme}://{host}:8080/a", allowed="")
        # Some forms are names to some resolvers, who then know no such name.
        assert error.code in (FORBIDDEN, INVALID, "http_dns_failed")
    assert not connected


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "[::1]"])
def test_host_that_the_resolver_takes_for_loopback_is_forbidden(
    call: Call, connected: list[Any], host: str
) -> None:
    assert call.error(f"http://{host}/", allowed="").code == FORBIDDEN
    assert not connected


@pytest.mark.parametrize("url", MALFORMED)
def test_url_that_can_be_read_in_two_ways_is_refused(call: Call, connected: list[Any], url: str) -> None:
    assert call.error(url, allowed="").code == INVALID
    assert not connected


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["93.184.216.34", "10.0.0.1"],
        ["10.0.0.1", "93.184.216.34"],
        ["2606:4700:4700::1111", "::1"],
        ["93.184.216.34", "::ffff:127.0.0.1"],
        ["fe80::1%eth0"],
        ["64:ff9b::a9fe:a9fe"],
        ["100.100.100.200"],
        ["224.0.0.1"],
    ],
)
@pytest.mark.parametrize(
    "host", ["169.254.169.254.nip.io", "a.example", "localtest.me", "localhost.evil.example"]
)
def test_name_that_resolves_inside_is_forbidden(
    call: Call, connected: list[Any], monkeypatch: pytest.MonkeyPatch, host: str, addresses: list[str]
) -> None:
    asked = answering(monkeypatch, addresses)
    assert call.error(f"http://{host}/", allowed="").code == FORBIDDEN
    assert (asked, connected) == ([host], [])


def test_name_that_is_rebound_after_the_check_is_not_asked_for_again(
    call: Call, connected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the address that was checked; each further try is checked anew."""
    asked = answering(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    error = call.error("http://rebind.example/", allowed="")
    assert connected == [("93.184.216.34", 80)]
    assert error.code == FORBIDDEN
    assert asked == ["rebind.example"] * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "location", [METADATA, "//169.254.169.254/", "http://2852039166/", "http://[::ffff:a9fe:a9fe]/"]
)
def test_redirect_to_metadata_is_forbidden(
    call: Call, make_server: MakeServer, status: int, method: str, location: str
) -> None:
    server = make_server(redirect(location, status))
    error = call.error(server.url(), method, allowed=f"127.0.0.1:{server.server_port}", body=b"x")
    assert (error.code, len(server.seen)) == (FORBIDDEN, 1)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.2", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_host_that_is_allowed_opens_no_other_way_to_write_it(
    call: Call, make_server: MakeServer, host: str
) -> None:
    server = make_server()
    error = call.error(server.url(host=host), allowed="127.0.0.1")
    assert (error.code, server.seen) == (FORBIDDEN, [])


@pytest.mark.parametrize("host", ["１２７.0.0.1", "127。0。0。1"])
def test_digits_that_idna_makes_plain_are_those_of_the_allowed_host(
    call: Call, make_server: MakeServer, host: str
) -> None:
    assert call(make_server().url(host=host), allowed="127.0.0.1").status == 200


def test_allowed_host_with_a_dot_more_is_another(call: Call, make_server: MakeServer) -> None:
    server = make_server()
    assert call.error(server.url(host="127.0.0.1."), allowed="127.0.0.1").code in (
        FORBIDDEN,
        "http_dns_failed",
    )
    assert not server.seen
