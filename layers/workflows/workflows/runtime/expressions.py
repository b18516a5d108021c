"""Evaluates the `{{ JSONata }}` templates in a node's config, within bounds."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workflows.compiler.templates import Template, parse_template
from workflows.domain.errors import NodeError
from workflows.domain.payload import encode
from workflows.domain.time_limit import time_limit
from workflows.domain.workflow import JsonValue

TIMEOUT_MILLISECONDS = 5_000
MAX_DEPTH = 200
_SHOWN_CHARACTERS = 500
_USERS_OWN_ERROR = "D3137"  # of $error(message)
_PLACEHOLDER = re.compile(r"\{\{\w+\}\}")

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
# Identifiers that JSONata itself knows, and the roots of the data: no names of variables.
_WORDS = frozenset(
    {"true", "false", "null", "and", "or", "in", "function"}
    | {"inputs", "variables", "input", "nodes", "item", "index", "secrets"}
)


@dataclass
class Budget:
    """Seconds that expressions may take together; reading what they name does not count."""

    seconds: float = math.inf

    @contextmanager
    def spend(self) -> Iterator[None]:
        """Let one expression run for what is left, and for five seconds at most.

        Raises:
            TimeoutError: In what runs inside.
        """
        began = time.monotonic()
        try:
            with time_limit(min(TIMEOUT_MILLISECONDS / 1000, self.seconds)):
                yield
        finally:
            self.seconds -= time.monotonic() - began


Lookup = Callable[[str], Mapping[str, JsonValue]]
"""Gives the data that an expression may name, from its source."""


def resolve(value: JsonValue, lookup: Lookup, field: str, budget: Budget | None = None) -> JsonValue:
    """`value` with every template in it evaluated; one that is a whole expression keeps its JSON type.

    Args:
        field: Name of the config field, for messages; grows by `.key` and `[index]` on the way down.
        budget: What all of it together may take; each expression has five seconds anyway.

    Raises:
        NodeError: An expression failed; the message names the field and the expression.
    """
    if isinstance(value, str):
        return _render(value, lookup, field, budget) if "{{" in value else value
    if isinstance(value, list):
        return [resolve(part, lookup, f"{field}[{number}]", budget) for number, part in enumerate(value)]
    if isinstance(value, dict):
        return {key: resolve(part, lookup, f"{field}.{key}", budget) for key, part in value.items()}
    return value


def is_truthy(value: JsonValue) -> bool:
    """JSONata's `$boolean`: false are null, false, 0, "", {} and lists without a truthy part."""
    if isinstance(value, list):
        return any(is_truthy(part) for part in value)
    return bool(value)


def _render(text: str, lookup: Lookup, field: str, budget: Budget | None) -> JsonValue:
    template = _template(text)
    if template.whole is not None:
        return _evaluate(template.whole.source, lookup, field, budget)
    return "".join(
        part if isinstance(part, str) else _as_text(_evaluate(part.source, lookup, field, budget))
        for part in template.parts
    )


def _evaluate(source: str, lookup: Lookup, field: str, budget: Budget | None) -> JsonValue:
    data = lookup(source)
    if _IDENTIFIER.fullmatch(source) and source not in _WORDS:
        # `{{name}}` alone is a variable; a bare word of JSONata would mean a field of the whole data.
        return data["variables"].get(source)
    try:
        expression = _compiled(source)
        frame = expression.create_frame()
        frame.set_runtime_bounds(TIMEOUT_MILLISECONDS, MAX_DEPTH)
        with (budget or Budget()).spend():
            result = expression.evaluate(data, frame)
        return _plain(result)
    except TimeoutError as error:
        raise _failed(source, field, "it takes longer than 5 s, or than the node has left") from error
    except RecursionError as error:
        raise _failed(source, field, "it nests too deeply") from error
    except Exception as error:  # the library lets whatever its evaluation meets come through
        raise _failed(source, field, _reason(error)) from error


def _failed(source: str, field: str, reason: str) -> NodeError:
    shown = source if len(source) <= _SHOWN_CHARACTERS else f"{source[:_SHOWN_CHARACTERS]}..."
    return NodeError("expression_failed", f"{field}: the expression {{{{ {shown} }}}} failed: {reason}")


def _reason(error: Exception) -> str:
    """What the library says, but for the values that it quotes: they may be secret, and of any size."""
    code = getattr(error, "error", None)
    if code == _USERS_OWN_ERROR:
        return str(error).encode(errors="replace").decode()[:_SHOWN_CHARACTERS]
    template = _message_templates().get(code) if isinstance(code, str) else None
    if template is None:
        return f"{type(error).__name__}" if code is None else f"{code}"
    return f"{_PLACEHOLDER.sub('...', template)} ({code})"


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


@lru_cache(maxsize=1)
def _message_templates() -> dict[str, str]:
    from jsonata.jexception import JException

    templates: dict[str, str] = getattr(JException, "error_codes", {})
    return templates


@lru_cache(maxsize=512)
def _template(text: str) -> Template:
    return parse_template(text)


@lru_cache(maxsize=512)
def _compiled(source: str) -> Any:
    from jsonata import Jsonata  # only nodes with expressions pay for the import

    return Jsonata(source)
