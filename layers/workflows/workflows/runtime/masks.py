"""Masks secrets in what leaves a node."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
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
    _pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Mask a secret from here on, also as it is written in URLs, JSON and base64."""
        if len(secret) < _MIN_CHARACTERS:
            return
        self._texts.update((secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]))
        for safe in ("", "/"):
            for url in (
                quote(secret, safe=safe, errors="replace"),
                quote_plus(secret, safe, errors="replace"),
            ):
                self._texts.update((url, _PERCENT.sub(lambda code: code[0].lower(), url)))
        self._texts.update(_base64_forms(secret.encode(errors="surrogatepass")))
        # The longest first: one secret may begin with another.
        ordered = sorted(self._texts, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered)))

    def apply(self, text: str) -> str:
        """`text` without the secrets, and without what a header would prove someone by."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        return _CREDENTIAL.sub(rf"\1\2 {MASK}", text)

    def hide(self, value: Any) -> Any:
        """A JSON value without the secrets; whatever else it holds stays what it is."""
        pattern = self._pattern
        match value:
            case str() if pattern is not None:
                return pattern.sub(MASK, value)
            case dict():
                return {self.hide(name): self.hide(part) for name, part in value.items()}
            case list():
                return [self.hide(part) for part in value]
        return value

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
