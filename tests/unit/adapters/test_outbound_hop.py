from collections.abc import Mapping

import pytest

from workflows.adapters.outbound_hop import Hop
from workflows.domain.errors import NodeError


def refusal(
    method: str = "GET", url: str = "http://example.com/", headers: Mapping[str, str] | None = None
) -> NodeError:
    with pytest.raises(NodeError) as caught:
        Hop.first(method, url, (), headers or {}, None)
    return caught.value


def test_url_with_credentials_is_refused_without_being_quoted() -> None:
    error = refusal(url="http://user:hunter2@example.com/")
    assert (error.code, error.retryable) == ("http_url_invalid", False)
    assert error.detail == "The URL holds credentials, which belong in a header"


def test_secrets_are_not_shown() -> None:
    headers = {"Authorization": "hunter2"}
    hop = Hop.first("get", "http://example.com/a?token=hunter2", [("key", "hunter2")], headers, b"hunter2")
    assert str(hop) == "GET http://example.com/a"
    assert "hunter2" not in repr(hop)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nX-Injected: 1"),
        ("X-A", "a\nb"),
        ("X-A", "a\x00"),
        ("X-A", "\x7f"),
        ("X-A", "snow ☃"),
        ("X A", "a"),
        ("X-A:", "a"),
        ("", "a"),
        ("Authorization: hunter2\r\nX", "a"),
        ("ü", "a"),
        ("Host", "internal"),
        ("Content-Length", "5"),
        ("transfer-encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Upgrade", "h2c"),
        ("Proxy-Authorization", "Basic hunter2"),
    ],
)
def test_header_is_refused_without_its_value_being_quoted(name: str, value: str) -> None:
    error = refusal(headers={name: value})
    assert (error.code, error.retryable) == ("http_header_invalid", False)
    assert "hunter2" not in error.detail
    assert value == "a" or value not in error.detail


def test_header_given_twice_is_refused() -> None:
    assert refusal(headers={"X-A": "1", "x-a": "2"}).code == "http_header_invalid"


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "", "GET / HTTP/1.1\r\nX: y"])
def test_method_is_refused(method: str) -> None:
    assert refusal(method).code == "http_method_invalid"
