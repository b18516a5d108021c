"""JSON pointers (RFC 6901): how every problem says where it is."""

from __future__ import annotations


def pointer_to(base: str, *tokens: str | int) -> str:
    """Returns `base` extended by one reference token per member name or array index."""
    escaped = (str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
    return "/".join((base, *escaped))
