"""Sealed texts: what callers carry from one request to the next, and cannot make or change."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

_TAG_BYTES = 16


class SealBroken(ValueError):
    """A text was not sealed here, or for another context."""


def seal(master_secret: bytes, content: bytes, context: str) -> str:
    """`content` as a text for URLs, good in the same context only.

    Args:
        context: What it belongs to, e.g. the list and the filter that a cursor is of.
    """
    return _encode(_tag(master_secret, content, context) + content)


def unseal(master_secret: bytes, text: str, context: str) -> bytes:
    """The content of a sealed text.

    Raises:
        SealBroken: It was not sealed here, or for another context.
    """
    try:
        sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise SealBroken("it cannot be read") from error
    tag, content = sealed[:_TAG_BYTES], sealed[_TAG_BYTES:]
    # The text as a whole is compared: base64 has several texts for the same bytes.
    if _encode(sealed) != text or not hmac.compare_digest(tag, _tag(master_secret, content, context)):
        raise SealBroken("it is not one of ours, or belongs to another request")
    return content


def _tag(master_secret: bytes, content: bytes, context: str) -> bytes:
    key = hmac.digest(master_secret, b"seal", sha256)
    return hmac.digest(key, len(content).to_bytes(4, "big") + content + context.encode(), sha256)[:_TAG_BYTES]


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
