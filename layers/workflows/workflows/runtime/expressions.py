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
from workflows.domain.bounds import bounded
from workflows.domain.errors import NodeError
from workflows.domain.payload import encode
from workflows.domain.workflow import JsonValue

TIMEOUT_MILLISECONDS = 5_000
MAX_DEPTH = 200
MAX_EXTRA_BYTES = 160 * 1024 * 1024
"""Of memory, for one expression: a function of 512 MB has some 100 MB and what the expression names."""

MAX_RANGE = 1_000_000
"""Numbers in `[1..n]`: the library lists ten times as many in one step, which nothing can interrupt."""

MAX_VALUE_BYTES = 32 * 1024 * 1024
"""Of what all expressions of one field give, as JSON."""

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
            TimeoutError, MemoryError: In what runs inside.
        """
        began = time.monotonic()
        try:
            with bounded(min(TIMEOUT_MILLISECONDS / 1000, self.seconds), MAX_EXTRA_BYTES):
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
    return _Resolution(lookup, budget or Budget(), Size(MAX_VALUE_BYTES)).of(value, field)


def is_truthy(value: JsonValue) -> bool:
    """JSONata's `$boolean`: false are null, false, 0, "", {} and lists without a truthy part."""
    if isinstance(value, list):
        return any(is_truthy(part) for part in value)
    return bool(value)


class TooLargeValue(Exception):
    """What expressions give is larger than it may be."""


@dataclass
class Size:
    """Counts the bytes of values as JSON, but for what escapes would add.

    Attributes:
        left: How many more there may be.
    """

    left: int

    def take(self, count: int) -> None:
        """Count bytes.

        Raises:
            TooLargeValue: They are too many.
        """
        self.left -= count
        if self.left < 0:
            raise TooLargeValue


@dataclass(frozen=True, slots=True)
class _Resolution:
    """A field on its way from templates to values."""

    lookup: Lookup
    budget: Budget
    size: Size

    def of(self, value: JsonValue, field: str) -> JsonValue:
        if isinstance(value, str):
            return self._render(value, field) if "{{" in value else value
        if isinstance(value, list):
            return [self.of(part, f"{field}[{number}]") for number, part in enumerate(value)]
        if isinstance(value, dict):
            return {key: self.of(part, f"{field}.{key}") for key, part in value.items()}
        return value

    def _render(self, text: str, field: str) -> JsonValue:
        template = _template(text)
        if template.whole is not None:
            return self._evaluate(template.whole.source, field)
        return "".join(
            part if isinstance(part, str) else _as_text(self._evaluate(part.source, field))
            for part in template.parts
        )

    def _evaluate(self, source: str, field: str) -> JsonValue:
        data = self.lookup(source)
        try:
            if _IDENTIFIER.fullmatch(source) and source not in _WORDS and source not in data:
                # `{{name}}` alone is a variable; a bare word of JSONata would mean a field of all data.
                return _plain(data["variables"].get(source), self.size)
            expression = _compiled(source)
            frame = expression.create_frame()
            frame.set_runtime_bounds(TIMEOUT_MILLISECONDS, MAX_DEPTH)
            with self.budget.spend():
                return _plain(expression.evaluate(data, frame), self.size)
        except TimeoutError:
            reason = "it takes longer than 5 s, or than the node has left"
        except RecursionError:
            reason = "it nests too deeply"
        except MemoryError:
            reason = f"it takes more than {MAX_EXTRA_BYTES // 1024**2} MB of memory"
        except TooLargeValue:
            reason = f"what it gives makes the field larger than {MAX_VALUE_BYTES // 1024**2} MB"
        except Exception as error:  # the library lets whatever its evaluation meets come through
            reason = _reason(error, quotes="secrets" not in data)
        # Outside of the handlers: an error that was the cause of this one would keep all that it was about.
        raise _failed(source, field, reason)


def _failed(source: str, field: str, reason: str) -> NodeError:
    shown = source if len(source) <= _SHOWN_CHARACTERS else f"{source[:_SHOWN_CHARACTERS]}..."
    return NodeError("expression_failed", f"{field}: the expression {{{{ {shown} }}}} failed: {reason}")


def _reason(error: Exception, *, quotes: bool) -> str:
    """What the library says, but for the values that it quotes: they may be secret, and of any size.

    Args:
        quotes: Whether to show the message of `$error(message)`; a secret cut short could not be masked.
    """
    code = getattr(error, "error", None)
    if code == _USERS_OWN_ERROR and quotes:
        return str(error).encode(errors="replace").decode()[:_SHOWN_CHARACTERS]
    template = _message_templates().get(code) if isinstance(code, str) else None
    if template is None:
        return f"{type(error).__name__}" if code is None else f"{code}"
    return f"{_PLACEHOLDER.sub('...', template)} ({code})"


def _as_text(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value)


def _plain(value: Any, size: Size) -> JsonValue:
    """The result in JSON's own types; the library answers in subclasses, and functions are no data."""
    if isinstance(value, str):
        size.take(2 + (len(value) if value.isascii() else len(value.encode(errors="surrogatepass"))))
        return value
    if value is None or isinstance(value, bool):
        size.take(4)
        return value
    if isinstance(value, int | float):
        number = (
            int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
        )
        size.take(len(repr(number)))
        return number
    size.take(2)
    if isinstance(value, list | tuple | range):
        size.take(len(value))
        return [_plain(part, size) for part in value]
    if isinstance(value, dict):
        size.take(2 * len(value))
        return {_plain_key(key, size): _plain(part, size) for key, part in value.items()}
    raise ValueError("the result is not a JSON value")


def _plain_key(key: Any, size: Size) -> str:
    text = str(key)
    _plain(text, size)
    return text


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
    return _evaluator()(source)


@lru_cache(maxsize=1)
def _evaluator() -> Any:
    from jsonata import Jsonata  # only nodes with expressions pay for the import
    from jsonata.jexception import JException

    class Evaluator(Jsonata):  # type: ignore[misc]
        """JSONata with shorter ranges."""

        def evaluate_range_expression(self, lhs: Any, rhs: Any) -> Any:
            found = super().evaluate_range_expression(lhs, rhs)
            if found is not None and rhs - lhs >= MAX_RANGE:
                raise JException("D2014", -1, rhs - lhs + 1)
            return found

    return Evaluator
