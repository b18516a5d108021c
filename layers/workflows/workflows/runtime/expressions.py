"""Evaluates the `{{ JSONata }}` templates in a node's config, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from workflows.compiler.templates import Template, parse_template
from workflows.domain.errors import NodeError
from workflows.domain.payload import encode
from workflows.domain.workflow import JsonValue

TIMEOUT_MILLISECONDS = 5_000
MAX_DEPTH = 200

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_ROOTS = frozenset({"inputs", "variables", "input", "nodes", "item", "index", "secrets"})

Lookup = Callable[[str], Mapping[str, JsonValue]]
"""Gives the data that an expression may name, from its source."""


def resolve(value: JsonValue, lookup: Lookup, field: str) -> JsonValue:
    """`value` with every template in it evaluated; one that is a whole expression keeps its JSON type.

    Args:
        field: Name of the config field, for messages; grows by `.key` and `[index]` on the way down.

    Raises:
        NodeError: An expression failed; the message names the field and the expression.
    """
    if isinstance(value, str):
        return _render(value, lookup, field) if "{{" in value else value
    if isinstance(value, list):
        return [resolve(part, lookup, f"{field}[{number}]") for number, part in enumerate(value)]
    if isinstance(value, dict):
        return {key: resolve(part, lookup, f"{field}.{key}") for key, part in value.items()}
    return value


def is_truthy(value: JsonValue) -> bool:
    """JSONata's `$boolean`: false are null, false, 0, "", and lists or objects without a truthy part."""
    if isinstance(value, list):
        return any(is_truthy(part) for part in value)
    return bool(value)


def _render(text: str, lookup: Lookup, field: str) -> JsonValue:
    template = _template(text)
    if template.whole is not None:
        return _evaluate(template.whole.source, lookup, field)
    return "".join(
        part if isinstance(part, str) else _as_text(_evaluate(part.source, lookup, field))
        for part in template.parts
    )


def _evaluate(source: str, lookup: Lookup, field: str) -> JsonValue:
    data = lookup(source)
    if _IDENTIFIER.fullmatch(source) and source not in _ROOTS:
        # `{{name}}` alone is a variable; a bare word of JSONata would mean a field of the whole data.
        return data["variables"].get(source)
    try:
        expression = _compiled(source)
        frame = expression.create_frame()
        frame.set_runtime_bounds(TIMEOUT_MILLISECONDS, MAX_DEPTH)
        return _plain(expression.evaluate(data, frame))
    except RecursionError as error:
        raise _failed(source, field, "it nests too deeply") from error
    except Exception as error:  # the library lets whatever its evaluation meets come through
        raise _failed(source, field, str(error) or type(error).__name__) from error


def _failed(source: str, field: str, reason: str) -> NodeError:
    return NodeError("expression_failed", f"{field}: the expression {{{{ {source} }}}} failed: {reason}")


def _as_text(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value)


def _plain(value: Any) -> JsonValue:
    """The result in JSON's own types; the library answers in subclasses, and functions are no data."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, list | tuple | range):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    raise ValueError("the result is not a JSON value")


@lru_cache(maxsize=512)
def _template(text: str) -> Template:
    return parse_template(text)


@lru_cache(maxsize=512)
def _compiled(source: str) -> Any:
    from jsonata import Jsonata  # only nodes with expressions pay for the import

    return Jsonata(source)
