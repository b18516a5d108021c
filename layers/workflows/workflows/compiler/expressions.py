"""Static analysis of JSONata: does an expression parse, and which nodes' outputs can it read?

What is read decides what the runtime fetches before it evaluates, so an answer may name too much and
never too little: whatever is not plain to see counts as "every ancestor".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workflows.compiler.templates import parse_template, walk_strings
from workflows.domain.workflow import JsonValue

MAX_EXPRESSION_CHARACTERS = 4_000
"""The parser's time grows with the square of the length."""

_CONTEXT_ARITY = {"clone": 1, "each": 2, "lookup": 2, "sift": 2, "spread": 1, "string": 1}
"""Built-ins which, called with fewer arguments than this, take the whole context object for the first."""

_NAMES_SECRETS = re.compile(r"\bsecrets\b")

_OTHER_CONTEXT = frozenset({"stages", "predicate", "group", "terms", "pattern", "update", "delete"})
"""The parts of a symbol that JSONata evaluates against a value found on the way, not against the root."""


class ExpressionError(ValueError):
    """An expression that JSONata cannot parse."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Which nodes' outputs, and which secrets, an expression can read.

    Attributes:
        ids: The nodes it names.
        everything: Whether it can also read others, in a way that only evaluation tells.
        secrets: The secrets it names.
        names_no_secret: Whether it names `secrets` without saying which: then it gets none.
        args: Whether it names `args`.
    """

    ids: frozenset[str] = frozenset()
    everything: bool = False
    secrets: frozenset[str] = frozenset()
    names_no_secret: bool = False
    args: bool = False

    def __or__(self, other: Reads) -> Reads:
        return Reads(
            self.ids | other.ids,
            self.everything or other.everything,
            self.secrets | other.secrets,
            self.names_no_secret or other.names_no_secret,
            self.args or other.args,
        )


@lru_cache(maxsize=4096)
def analyse(source: str) -> Reads:
    """Returns what the JSONata expression `source` can read of `nodes`.

    Raises:
        ExpressionError: It does not parse, or is longer than `MAX_EXPRESSION_CHARACTERS`.
    """
    if len(source) > MAX_EXPRESSION_CHARACTERS:
        raise ExpressionError(f"an expression has at most {MAX_EXPRESSION_CHARACTERS} characters")
    # Lazily: it takes 50 ms of a cold start.
    from jsonata import Jsonata

    try:
        syntax_tree = Jsonata(source).ast
    except Exception as error:  # The parser leaks IndexError, AttributeError, RecursionError for odd input.
        reason = str(error).strip() or type(error).__name__
        raise ExpressionError(f"not a JSONata expression: {reason}") from error

    reads = Reads()
    seen: set[int] = set()
    pending: list[tuple[Any, bool]] = [(syntax_tree, True)]
    while pending:
        symbol, at_root = pending.pop()
        if id(symbol) in seen:
            continue
        seen.add(id(symbol))
        reads |= _reads_of_symbol(symbol, at_root)
        pending += _children(symbol, at_root)
    return reads


def reads_of_config(config: JsonValue) -> Reads:
    """Returns what all expressions inside a (valid) config can read."""
    reads = Reads()
    for _, text in walk_strings(config):
        for expression in parse_template(text).expressions:
            reads |= analyse(expression.source)
    return reads


def _reads_of_symbol(symbol: Any, at_root: bool) -> Reads:
    kind, value = symbol.type, symbol.value
    if kind == "path":
        return _reads_of_path(symbol.steps, at_root)
    if kind == "function":
        arity = _CONTEXT_ARITY.get(str(symbol.procedure.value), 0)
        return Reads(
            everything=at_root and len(symbol.arguments) < arity,
            names_no_secret=_hides_secrets(symbol, at_root),
        )
    if kind == "variable":
        return Reads(everything=value in ("$", "eval") or (value == "" and at_root))
    return Reads(everything=kind == "parent" or (at_root and kind in ("wildcard", "descendant")))


def _reads_of_path(steps: list[Any], at_root: bool) -> Reads:
    if _is_root_variable(steps[0], at_root):
        steps, at_root = steps[1:], True
        if not steps or steps[0].type != "name":
            return Reads(everything=True)
    if not at_root:
        return Reads()
    is_focused = any(step.focus for step in steps)
    if (steps[0].type, steps[0].value) == ("name", "secrets"):
        if len(steps) == 1 or steps[1].type != "name" or steps[0].stages or is_focused:
            return Reads(everything=is_focused, names_no_secret=True)
        return Reads(secrets=frozenset({str(steps[1].value)}))
    if is_focused:
        # `a@$v.b` looks b up beside a, not inside it.
        return Reads(everything=True)
    if (steps[0].type, steps[0].value) == ("name", "args"):
        return Reads(args=True)
    if (steps[0].type, steps[0].value) != ("name", "nodes"):
        return Reads()
    if len(steps) == 1 or steps[1].type != "name" or steps[0].stages:
        return Reads(everything=True)
    return Reads(frozenset({str(steps[1].value)}))


def _hides_secrets(call: Any, at_root: bool) -> bool:
    """Whether a call is after secrets without naming them: `$eval('secrets.a')`, `$lookup($$, 'secrets')`."""
    texts = [str(argument.value) for argument in call.arguments if argument.type == "string"]
    match str(call.procedure.value):
        case "eval":
            return any(_NAMES_SECRETS.search(text) for text in texts)
        case "lookup":
            whole = len(call.arguments) == 1 and at_root
            return "secrets" in texts and (whole or _is_root(call.arguments[0], at_root))
    return False


def _is_root(symbol: Any, at_root: bool) -> bool:
    steps = symbol.steps if symbol.type == "path" else [symbol]
    return len(steps) == 1 and _is_root_variable(steps[0], at_root)


def _is_root_variable(symbol: Any, at_root: bool) -> bool:
    roots = ("", "$") if at_root else ("$",)
    return symbol.type == "variable" and symbol.value in roots and not (symbol.stages or symbol.predicate)


def _children(symbol: Any, at_root: bool) -> Iterator[tuple[Any, bool]]:
    """Yields the symbols inside `symbol`, each with whether it is evaluated against the root."""
    for attribute, value in vars(symbol).items():
        if attribute == "steps" and value:
            first, *later = value
            if not _is_root_variable(first, at_root):
                yield first, at_root
            yield from ((step, False) for step in later)
        else:
            inside = at_root and attribute not in _OTHER_CONTEXT
            yield from ((inner, inside) for inner in _symbols(value))


def _symbols(value: Any) -> Iterator[Any]:
    from jsonata.parser import Parser

    if isinstance(value, Parser.Symbol):
        yield value
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _symbols(inner)
