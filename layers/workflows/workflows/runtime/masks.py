"""Masks secrets in what leaves a node."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"

_MIN_BASE64 = 4
_PERCENT = re.compile("%[0-9A-F]{2}")
_URL_SAFE = str.maketrans("+/", "-_")

_MIN_CHARACTERS = 4
"""What is shorter is no secret, and masking it would make holes in everything."""

_CREDENTIAL = re.compile(
    r"""\b(authorization\W{1,4})?(bearer|basic)\s+
    # Elsewhere no plain word: "basic authentication", "bearer token-based".
    (?(1)|(?!(?-i:[A-Z]?[a-z]{1,14}(?:-[a-z]{1,14})?)(?![\w.~+/=-])))
    [a-z0-9._~+/-]{8,}=*""",
    re.IGNORECASE | re.VERBOSE,
)
_SECRET_NAME = re.compile(
    r"authorization|cookie|token|secret|password|passwd|api[-_]?key|access[-_]?key|signature", re.IGNORECASE
)

_TOKEN_COUNT = re.compile(r"tokens$|token_?count$", re.IGNORECASE)
"""How many tokens a model took is no secret."""


def names_secret(name: str) -> bool:
    """Whether what bears this name (a header, a parameter) is a secret, by what is usual."""
    return _SECRET_NAME.search(name) is not None


def _is_secret(name: str, value: Any) -> bool:
    is_count = isinstance(value, int | float) and _TOKEN_COUNT.search(name) is not None
    return value not in (None, "") and not is_count and names_secret(name)


def _url_forms(text: str) -> Iterator[str]:
    for safe in ("", "/"):
        for url in (quote(text, safe=safe, errors="replace"), quote_plus(text, safe, errors="replace")):
            yield from (url, _PERCENT.sub(lambda code: code[0].lower(), url))


def _base64_forms(data: bytes) -> Iterator[str]:
    """What base64 makes of it for certain, wherever among other bytes it begins."""
    whole = base64.b64encode(data).decode().rstrip("=")
    yield from (whole, whole.translate(_URL_SAFE))
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data).decode()
        # A character is of six bits: those that are of its neighbours, too, are not of it.
        own = coded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        if len(own) >= _MIN_BASE64:
            yield own
            yield own.translate(_URL_SAFE)


@dataclass
class Masks:
    """The secrets that a node has come across."""

    _texts: set[str] = field(default_factory=set)
    _ordered: list[str] = field(default_factory=list)

    def add(self, secret: str) -> None:
        """Mask a secret from here on, also as it is written in URLs, JSON, HTML and base64."""
        if len(secret) < _MIN_CHARACTERS:
            return
        # What is sent as JSON may come back in another form, too.
        for text in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
            # Some writers of JSON escape the slash.
            self._texts.update((text, text.replace("/", "\\/")))
            self._texts.update((html.escape(text), html.escape(text, quote=False)))
            self._texts.update(_url_forms(text))
            self._texts.update(_base64_forms(text.encode(errors="surrogatepass")))
        # The longest first: one secret may begin with another.
        self._ordered = sorted(self._texts, key=len, reverse=True)

    def apply(self, text: str) -> str:
        """`text` without the secrets, and without what a header would prove someone by."""
        return _CREDENTIAL.sub(rf"\1\2 {MASK}", self._hide_in(text))

    def hide(self, value: Any) -> Any:
        """A JSON value without the secrets; whatever else it holds stays what it is."""
        if not self._ordered:
            return value
        match value:
            case str():
                return self._hide_in(value)
            case int() | float():
                # A secret of digits alone may come back as a number.
                return MASK if self._hide_in(str(value)) != str(value) else value
            case dict():
                return {self.hide(name): self.hide(part) for name, part in value.items()}
            case list():
                return [self.hide(part) for part in value]
        return value

    def stream(self) -> MaskedStream:
        """What takes the secrets known by now out of bytes that come piece by piece."""
        return MaskedStream([text.encode(errors="surrogatepass") for text in self._texts])

    def _hide_in(self, text: str) -> str:
        # Most texts hold none of them, which is seen in less time than one pattern of all takes.
        found = [secret for secret in self._ordered if secret in text]
        return re.sub("|".join(map(re.escape, found)), MASK, text) if found else text

    def apply_to(self, value: Any) -> Any:
        """A JSON value without the secrets, also those that its names give away."""
        match value:
            case str():
                return self.apply(value)
            case dict():
                return {
                    self.apply(name): MASK if _is_secret(name, part) else self.apply_to(part)
                    for name, part in value.items()
                }
            case list():
                return [self.apply_to(part) for part in value]
        return value


class MaskedStream:
    """Bytes on their way, of which it holds back as many as a secret may begin with.

    Args:
        secrets: In each of their forms.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        ordered = sorted(secrets, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, ordered))) if ordered else None
        self._held_back = len(ordered[0]) - 1 if ordered else 0
        self._buffer = b""

    def feed(self, data: bytes) -> bytes:
        """Returns what is ready."""
        return self._masked(self._buffer + data, self._held_back)

    def end(self) -> bytes:
        """Returns the rest."""
        return self._masked(self._buffer, 0)

    def _masked(self, data: bytes, held_back: int) -> bytes:
        if self._pattern is None:
            return data
        ready = max(len(data) - held_back, 0)
        pieces, position = [], 0
        for found in self._pattern.finditer(data):
            if found.start() >= ready:
                break
            pieces += [data[position : found.start()], MASK.encode()]
            position = found.end()
        pieces.append(data[position:ready])
        self._buffer = data[max(position, ready) :]
        return b"".join(pieces)
