"""Files, stdin and `name=value` as JSON to send."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from wfx.errors import UsageFault


def read(path: str) -> bytes:
    """A file's JSON, to the byte; `-` is stdin.

    Raises:
        UsageFault: It cannot be read, or is no JSON.
    """
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageFault(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    parsed(content, path)
    return content


def parsed(text: str | bytes, source: str) -> Any:
    """The value of a JSON text.

    Args:
        source: What it is called where it is none.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise UsageFault(f"{source}: not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise UsageFault(f"{source}: not JSON: {error}") from error


def inputs(path: str | None, pairs: Sequence[str]) -> dict[str, Any]:
    """Inputs of a file, overlaid by those of `name=value`, where a value that is JSON is that value.

    Raises:
        UsageFault: The file holds no object, or a pair is none.
    """
    given = {} if path is None else parsed(read(path), path)
    if not isinstance(given, dict):
        raise UsageFault(f"{path}: inputs are a JSON object")
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not name or not equals:
            raise UsageFault(f"an input is NAME=VALUE, not {pair!r}")
        try:
            given[name] = parsed(text, name)
        except UsageFault:
            given[name] = text
    return given


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
