"""The `Link` header: https://www.rfc-editor.org/rfc/rfc8288, section 3."""

from __future__ import annotations

import re

_TARGET = re.compile(r"\s*<([^<>]*)>")
_PARAMETER = re.compile(r"\s*;\s*([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]+)))?")
_EMPTY_PARAMETER = re.compile(r"\s*;(?=\s*(?:[;,]|$))")
_COMMA = re.compile(r"\s*(?:,\s*)+")


def next_link(header: str) -> str | None:
    """The target of the first link of the relation `next`, as it is written; None if there is none.

    What follows something that cannot be read is not read. Links of other contexts (`anchor`) do not count.
    """
    position = 0
    while found := _TARGET.match(header, position):
        position = found.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position) or _EMPTY_PARAMETER.match(header, position):
            position = parameter.end()
            if parameter.re is _PARAMETER:
                name, quoted, token = parameter.groups()
                value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token or ""
                # Section 3.3: of several `rel`, the first one counts.
                parameters.setdefault(name.lower(), value)
        if "next" in parameters.get("rel", "").lower().split() and "anchor" not in parameters:
            return found[1]
        comma = _COMMA.match(header, position)
        if comma is None:
            return None
        position = comma.end()
    return None
