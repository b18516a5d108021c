"""A request to one URL in a chain of redirects: what may be in it, and what of it follows a redirect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from workflows.adapters.outbound_target import Target, parse_target
from workflows.domain.errors import NodeError

_IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_METHODS = _IDEMPOTENT_METHODS | {"POST", "PATCH"}

# RFC 9110, sections 5.6.2 and 5.5.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# What describes the connection or frames the message is ours to say (RFC 9110, section 7.6.1).
_RESERVED_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# A list of what may cross, since any other header (`X-Api-Key`) may be a credential.
_HEADERS_FOR_ANY_ORIGIN = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "content-encoding",
        "content-type",
        "if-modified-since",
        "if-none-match",
        "range",
        "user-agent",
    }
)
_DEFAULT_HEADERS = {"User-Agent": "workflow-execution-api", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True, slots=True)
class Hop:
    """One request. `str()` of it names method, scheme, host and path, and holds no secrets."""

    method: str
    target: Target
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.target}"

    @classmethod
    def first(
        cls,
        method: str,
        url: str,
        query: Iterable[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Self:
        """Checks what the caller asks for.

        Raises:
            NodeError: `http_method_invalid`, `http_url_invalid` or `http_header_invalid`.
        """
        if method.upper() not in _METHODS:
            raise NodeError("http_method_invalid", f"The method is not one of {', '.join(sorted(_METHODS))}")
        try:
            target = parse_target(url, query)
        except ValueError as reason:
            raise NodeError("http_url_invalid", f"The URL {reason}") from None
        _check_headers(headers)
        given = {name.lower() for name in headers}
        defaults = {name: value for name, value in _DEFAULT_HEADERS.items() if name.lower() not in given}
        return cls(method.upper(), target, {**defaults, **headers}, body)

    @property
    def is_idempotent(self) -> bool:
        """Whether sending it twice is as good as once (RFC 9110, section 9.2.2)."""
        return self.method in _IDEMPOTENT_METHODS

    def redirected(self, status: int, location: str) -> Hop:
        """The request to send next.

        Args:
            status: 301, 302, 303, 307 or 308.
            location: As `http.client` gives it: bytes read as Latin-1.

        Raises:
            NodeError: `http_url_invalid`; a step from https down to http counts as that.
        """
        try:
            # What is not ASCII in a URL is UTF-8.
            url = location.encode("latin-1").decode("utf-8", "replace")
            target = parse_target(url, base=self.target.url)
        except ValueError as reason:
            raise NodeError("http_url_invalid", f"{self}: it redirects to a URL that {reason}") from None
        if self.target.scheme == "https" and target.scheme == "http":
            raise NodeError("http_url_invalid", f"{self}: it redirects from https to http")
        headers = self.headers
        if target.origin != self.target.origin:
            headers = for_any_origin(headers)
        # RFC 9110, section 15.4: what browsers made of 301 and 302 has become the rule.
        if (status == 303 and self.method != "HEAD") or (status in {301, 302} and self.method == "POST"):
            headers = {name: headers[name] for name in headers if not name.lower().startswith("content-")}
            return Hop("GET", target, headers, None)
        return Hop(self.method, target, headers, self.body)


def for_any_origin(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that may go to another origin than they were meant for."""
    return {name: value for name, value in headers.items() if name.lower() in _HEADERS_FOR_ANY_ORIGIN}


def _check_headers(headers: Mapping[str, str]) -> None:
    seen: set[str] = set()
    for position, (name, value) in enumerate(headers.items(), start=1):
        if not _TOKEN.fullmatch(name):
            # Not quoted: it may be a whole header line, value and all.
            raise _invalid_header(f"The name of header {position} is not a token (RFC 9110, section 5.6.2)")
        if name.lower() in _RESERVED_HEADERS:
            raise _invalid_header(f"The header {name} is not the caller's to set")
        if name.lower() in seen:
            raise _invalid_header(f"The header {name} is given twice")
        if not _FIELD_VALUE.fullmatch(value):
            raise _invalid_header(f"The value of header {name} holds a control character or is not Latin-1")
        seen.add(name.lower())


def _invalid_header(detail: str) -> NodeError:
    return NodeError("http_header_invalid", detail)
