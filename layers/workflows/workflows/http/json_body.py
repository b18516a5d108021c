"""Reads request bodies: JSON that everything behind can store and walk."""

from __future__ import annotations

import json
from typing import Any

from workflows.domain.errors import Malformed, Problem
from workflows.domain.payload import json_fault


def read_json(text: str) -> Any:
    """The value that a body holds.

    Raises:
        Malformed: It is not JSON (RFC 8259), not to be kept as such (`json_fault`), or an array.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise _refused("nests too deeply") from error
    except ValueError as error:
        raise _refused(f"is not JSON: {error}") from error
    fault = json_fault(value)
    if fault is not None:
        raise _refused(fault)
    # Powertools would take its first element for the body.
    if isinstance(value, list):
        raise _refused("is an array, and must be an object")
    return value


def _refused(detail: str) -> Malformed:
    return Malformed(f"the body {detail}", problems=(Problem("", detail),))
