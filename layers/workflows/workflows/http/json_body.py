"""Reads request bodies: JSON that everything behind can store and walk."""

from __future__ import annotations

import json
import math
from typing import Any

from workflows.domain.errors import Malformed, Problem

MAX_DEPTH = 100


def read_json(text: str) -> Any:
    """The value that a body holds.

    Raises:
        Malformed: It is not JSON (RFC 8259), nests deeper than `MAX_DEPTH`, or holds a number beyond
            a float's range or half a surrogate pair.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise _refused("nests too deeply") from error
    except ValueError as error:
        raise _refused(f"is not JSON: {error}") from error
    _check(value)
    return value


def _check(value: Any) -> None:
    # A stack, not recursion: how deep a body nests is the caller's choice.
    pending = [(value, 1)]
    while pending:
        current, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise _refused(f"nests deeper than {MAX_DEPTH}")
        if isinstance(current, dict):
            for key in current:
                _check_text(key)
            pending += [(part, depth + 1) for part in current.values()]
        elif isinstance(current, list):
            pending += [(part, depth + 1) for part in current]
        elif isinstance(current, str):
            _check_text(current)
        elif isinstance(current, float) and not math.isfinite(current):
            raise _refused("holds a number out of range, or none at all")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _refused("holds half a surrogate pair, which is no character") from error


def _refused(detail: str) -> Malformed:
    return Malformed(f"the body {detail}", problems=(Problem("", detail),))
