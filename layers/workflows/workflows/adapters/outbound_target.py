"""A URL that somebody else wrote, read once and strictly: what is checked is what is connected to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

MAX_URL_CHARACTERS = 8_192

_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{0,5}))?")
_ASCII_NAME = re.compile(r"[a-z0-9_][a-z0-9._-]{0,252}")
_SHOWN_PATH_CHARACTERS = 200
# RFC 3986, section 3.3 and 3.4, and the percent sign of what is encoded already.
_SAFE_IN_PATH = "/%:@!$&'()*+,;="
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `str()` of it leaves out the query, which may hold secrets.

    Attributes:
        scheme: `http` or `https`.
        host: Lower-case ASCII; an IPv6 address without brackets.
        port: From 1 to 65535, the scheme's own if the URL names none.
        path: Percent-encoded, begins with a slash.
        query: Percent-encoded, without the question mark.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str = field(repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two URLs share when one may see the other's credentials (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def resource(self) -> str:
        """Path and query: the request line's target."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def url(self) -> str:
        """The whole, query included: never for a log or an error message."""
        return self._base + self.resource

    @property
    def _base(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        path = self.path
        if len(path) > _SHOWN_PATH_CHARACTERS:
            # At a slash: part of a secret would not be found by who masks it.
            path = path[: path.rindex("/", 0, _SHOWN_PATH_CHARACTERS) + 1] + "..."
        return self._base + path


def parse_target(url: str, query: Iterable[tuple[str, str]] = (), *, base: str = "") -> Target:
    """Reads a URL; characters that a path or query may not hold are percent-encoded, the fragment is dropped.

    Args:
        url: An absolute URL, or one relative to `base`.
        query: Names and values to append to its query, not yet encoded.
        base: The URL that redirected to this one.

    Raises:
        ValueError: Says what is wrong, and quotes nothing of the URL, which may hold secrets.
    """
    if len(url) > MAX_URL_CHARACTERS:
        raise ValueError(f"is longer than {MAX_URL_CHARACTERS} characters")
    if _CONTROL_CHARACTER.search(url):
        raise ValueError("holds a control character")
    try:
        parts = urlsplit(urljoin(base, url))
        path = quote(parts.path or "/", safe=_SAFE_IN_PATH)
        queries = quote(parts.query, safe=_SAFE_IN_QUERY), urlencode(list(query))
    except ValueError:
        raise ValueError("cannot be read") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("has a scheme that is not http or https")
    host, port = _read_authority(parts)
    target = Target(parts.scheme, host, port, path, "&".join(filter(None, queries)))
    if len(target.url) > MAX_URL_CHARACTERS:
        raise ValueError(f"is longer than {MAX_URL_CHARACTERS} characters once encoded")
    return target


def _read_authority(parts: SplitResult) -> tuple[str, int]:
    if "@" in parts.netloc:
        raise ValueError("holds credentials, which belong in a header")
    match = _AUTHORITY.fullmatch(parts.netloc)
    if match is None:
        raise ValueError("has no host that can be read")
    port = int(match["port"] or _DEFAULT_PORTS[parts.scheme])
    if not 1 <= port <= 65_535:
        raise ValueError("has a port that is not between 1 and 65535")
    try:
        host = str(IPv6Address(match["ipv6"])) if match["ipv6"] else _to_ascii(match["name"])
    except ValueError:
        raise ValueError("has a host that is neither a name nor an address") from None
    return host, port


def _to_ascii(name: str) -> str:
    ascii_name = name.encode("idna").decode("ascii").lower()
    if not _ASCII_NAME.fullmatch(ascii_name):
        raise ValueError
    return ascii_name
