"""Content codings, as requests ask for them (RFC 9110, 12.5.3)."""

from __future__ import annotations


def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether an `Accept-Encoding` header lets an answer be compressed by gzip.

    Without one it would be allowed, too; but curl, which sends none, would store what it cannot read.
    """
    qualities: dict[str, float] = {}
    for part in (accept_encoding or "").lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            qualities[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            qualities[coding.strip()] = 0.0
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0))) > 0
