"""Strings with `{{ JSONata }}` in them: where the expressions begin and end.

The closing `}}` is found by JSONata's own lexical rules (strings, backtick names, comments, regular
expressions, braces), so that `{{ {"a": {"b": 1}} }}` is one expression. Nothing is parsed here:
the runtime imports this module on every cold start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workflows.compiler.pointers import pointer_to
from workflows.domain.workflow import JsonValue

_OPAQUE = re.compile(
    r""""(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | `[^`]*` | /\*.*?\*/""", re.DOTALL | re.VERBOSE
)
_REGEX = re.compile(r"/(?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/", re.DOTALL)


class TemplateError(ValueError):
    """A `{{` without its `}}`."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands between `{{` and `}}`, trimmed."""

    source: str


@dataclass(frozen=True, slots=True)
class Template:
    """A string, split into literal text and expressions, in order."""

    parts: tuple[str | Expression, ...]

    @property
    def whole(self) -> Expression | None:
        """The only expression, where nothing but white space surrounds it: its value keeps its JSON type."""
        expressions = self.expressions
        if len(expressions) != 1 or any(isinstance(part, str) and part.strip() for part in self.parts):
            return None
        return expressions[0]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions alone, in order."""
        return tuple(part for part in self.parts if isinstance(part, Expression))


def parse_template(text: str) -> Template:
    """Splits `text` into literal text and expressions.

    Raises:
        TemplateError: A `{{` is never closed, or closed only inside a string or comment.
    """
    parts: list[str | Expression] = []
    position = 0
    while (opening := text.find("{{", position)) >= 0:
        closing = _find_closing(text, opening + 2)
        if closing is None:
            raise TemplateError(f"the '{{{{' at character {opening + 1} has no closing '}}}}'")
        if opening > position:
            parts.append(text[position:opening])
        parts.append(Expression(text[opening + 2 : closing].strip()))
        position = closing + 2
    if position < len(text):
        parts.append(text[position:])
    return Template(tuple(parts))


def walk_strings(value: JsonValue) -> Iterator[tuple[str, str]]:
    """Yields (JSON pointer, text) of every string inside `value`, in document order."""
    # A stack, not recursion: how deep a config nests is the caller's choice.
    pending = [("", value)]
    while pending:
        pointer, current = pending.pop()
        if isinstance(current, str):
            yield pointer, current
        elif isinstance(current, dict):
            pending += [(pointer_to(pointer, key), inner) for key, inner in reversed(current.items())]
        elif isinstance(current, list):
            pending += [(pointer_to(pointer, i), current[i]) for i in reversed(range(len(current)))]


def _find_closing(text: str, start: int) -> int | None:
    """Returns where the `}}` stands that closes the expression from `start` on."""
    depth = 0
    position = start
    after_operand = False
    while position < len(text):
        character = text[position]
        if character in "\"'`" or text.startswith("/*", position):
            match = _OPAQUE.match(text, position)
        elif character == "/" and not after_operand:
            # A slash divides after an operand; anywhere else it opens a regular expression.
            match = _REGEX.match(text, position)
        elif character == "}" and depth == 0 and text.startswith("}}", position):
            return position
        else:
            depth += (character == "{") - (character == "}" and depth > 0)
            if not character.isspace():
                after_operand = character.isalnum() or character in "_)]}"
            position += 1
            continue
        if match is None:
            return None
        if not match[0].startswith("/*"):
            after_operand = True
        position = match.end()
    return None
