"""The expressions of DynamoDB that our stores use: conditions, key conditions and updates.

The grammar is that of the "Condition and filter expressions" and "Update expressions" pages of
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/, without nested paths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

Attribute = dict[str, Any]
Item = dict[str, Attribute]
Bound = Mapping[str, Attribute]
"""Attribute values by the placeholder that stands for them, `:name`."""

Test = Callable[[Item, Bound], bool]
Operand = Callable[[Item, Bound], Attribute | None]
_TOKEN = re.compile(r"\s*([#:]\w+|\w+|<=|>=|<>|[=<>(),+])")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def sortable(attribute: Attribute) -> Any:
    """A value that sorts as DynamoDB sorts: strings by UTF-8 bytes, numbers by size."""
    ((kind, value),) = attribute.items()
    if kind == "N":
        return int(value)
    return value.encode() if kind == "S" else value


@dataclass
class _Parser:
    tokens: list[str]
    names: Mapping[str, str]
    at: int = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        assert token in (expected or self.tokens), f"{token!r} in {self.tokens}"
        self.at += 1
        return token

    def listed(self, part: Callable[[], Any]) -> list[Any]:
        parts = [part()]
        while self.peek() == ",":
            self.take()
            parts.append(part())
        return parts

    def name(self) -> str:
        return self.names[self.take()]

    def condition(self) -> Test:
        tests = [self.conjunction()]
        while self.peek() == "OR":
            self.take()
            tests.append(self.conjunction())
        return lambda item, bound: any(test(item, bound) for test in tests)

    def conjunction(self) -> Test:
        tests = [self.test()]
        while self.peek() == "AND":
            self.take()
            tests.append(self.test())
        return lambda item, bound: all(test(item, bound) for test in tests)

    def test(self) -> Test:
        match self.peek():
            case "(":
                self.take()
                inner = self.condition()
                self.take(")")
                return inner
            case "attribute_exists" | "attribute_not_exists" as function:
                name = self._argument()
                return lambda item, _: (name in item) == (function == "attribute_exists")
            case "begins_with":
                self.take()
                self.take("(")
                subject, _, prefix = self.operand(), self.take(","), self.operand()
                self.take(")")
                return lambda item, bound: _begins(subject(item, bound), prefix(item, bound))
        return self._comparison(self.operand())

    def _argument(self) -> str:
        self.take()
        self.take("(")
        name = self.name()
        self.take(")")
        return name

    def _comparison(self, left: Operand) -> Test:
        match self.take("=", "<", "<=", ">", ">=", "IN", "BETWEEN"):
            case "=":
                right = self.operand()
                return lambda item, bound: _same(left(item, bound), right(item, bound))
            case "IN":
                self.take("(")
                options = self.listed(self.operand)
                self.take(")")
                return lambda item, bound: any(_same(left(item, bound), o(item, bound)) for o in options)
            case "BETWEEN":
                low, _, high = self.operand(), self.take("AND"), self.operand()
                return lambda item, bound: (
                    _ordered(">=", left(item, bound), low(item, bound))
                    and _ordered("<=", left(item, bound), high(item, bound))
                )
            case sign:
                other = self.operand()
                return lambda item, bound: _ordered(sign, left(item, bound), other(item, bound))

    def operand(self) -> Operand:
        token = self.take()
        if token.startswith(":"):
            return lambda _, bound: bound[token]
        if token.startswith("#"):
            name = self.names[token]
            return lambda item, _: item.get(name)
        self.take("(")
        first, _, second = self.operand(), self.take(","), self.operand()
        self.take(")")
        if token == "if_not_exists":
            return lambda item, bound: first(item, bound) or second(item, bound)
        assert token == "list_append", token
        return lambda item, bound: _appended(first(item, bound), second(item, bound))

    def update(self) -> Callable[[Item, Bound], Item]:
        changes: list[tuple[str, str, Operand | None]] = []
        while clause := self.peek():
            self.take("SET", "REMOVE", "ADD")
            changes += [(clause, *change) for change in self.listed(partial(self._change, clause))]
        return lambda item, bound: _updated(item, bound, changes)

    def _change(self, clause: str) -> tuple[str, Operand | None]:
        name = self.name()
        if clause == "REMOVE":
            return name, None
        if clause == "SET":
            self.take("=")
        return name, self.operand()


def _same(left: Attribute | None, right: Attribute | None) -> bool:
    return left is not None and left == right


def _ordered(sign: str, left: Attribute | None, right: Attribute | None) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return False
    return _COMPARISONS[sign](sortable(left), sortable(right))


def _begins(subject: Attribute | None, prefix: Attribute | None) -> bool:
    return subject is not None and prefix is not None and str(subject.get("S", "")).startswith(prefix["S"])


def _appended(left: Attribute | None, right: Attribute | None) -> Attribute:
    assert left is not None
    assert right is not None
    return {"L": [*left["L"], *right["L"]]}


def _updated(item: Item, bound: Bound, changes: list[tuple[str, str, Operand | None]]) -> Item:
    new = dict(item)
    for clause, name, operand in changes:
        value = operand(item, bound) if operand else None
        if value is None:
            new.pop(name, None)
        elif clause == "ADD":
            new[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + int(value["N"]))}
        else:
            new[name] = value
    return new


@lru_cache(maxsize=4_096)
def _parse(kind: str, expression: str, names: tuple[tuple[str, str], ...]) -> Any:
    tokens = _TOKEN.findall(expression)
    parser = _Parser(tokens, dict(names))
    parsed = parser.update() if kind == "update" else parser.condition()
    assert parser.at == len(tokens), f"{expression}: not understood from {parser.peek()} on"
    return parsed


def holds(arguments: Mapping[str, Any], which: str, item: Item) -> bool:
    """Whether the condition under the name `which` of a call's arguments holds of an item; none does."""
    if which not in arguments:
        return True
    names = tuple(sorted(arguments.get("ExpressionAttributeNames", {}).items()))
    test: Test = _parse("condition", arguments[which], names)
    return test(item, arguments.get("ExpressionAttributeValues", {}))


def updated(arguments: Mapping[str, Any], item: Item) -> Item:
    """The item after the UpdateExpression of a call's arguments."""
    names = tuple(sorted(arguments.get("ExpressionAttributeNames", {}).items()))
    update: Callable[[Item, Bound], Item] = _parse("update", arguments["UpdateExpression"], names)
    return update(item, arguments.get("ExpressionAttributeValues", {}))
