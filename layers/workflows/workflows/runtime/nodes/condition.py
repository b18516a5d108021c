"""`condition`: chooses `true` or `false`, by an expression or by comparing a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflows.domain.errors import NodeError
from workflows.domain.payload import encode
from workflows.domain.workflow import JsonValue
from workflows.runtime.expressions import is_truthy
from workflows.runtime.node import NodeContext, Outcome


def condition(context: NodeContext) -> Outcome:
    if "expression" in context.node.config:
        holds = is_truthy(context.field("expression"))
    else:
        holds = _compare(context)
    branch = "true" if holds else "false"
    context.log.info(f"chose {branch}")
    return Outcome(passes_input=True, branch=branch)


def _compare(context: NodeContext) -> bool:
    config = context.node.config
    actual = _find(context, config["field"])
    try:
        return _OPERATORS[config["operator"]](actual, context.field("value"))
    except TypeError as error:
        raise NodeError(
            "condition_failed",
            f"field {config['field']!r}: {config['operator']} cannot compare the two values' types",
        ) from error


def _find(context: NodeContext, path: str) -> JsonValue:
    """The field `a.b` of `input`, else of `inputs`, else of `variables`; null where none has it."""
    environment = context.environment
    for source in (environment.input, environment.inputs, environment.variables):
        found, value = _walk(source, path.split("."))
        if found:
            return value
    return None


def _walk(value: JsonValue, steps: list[str]) -> tuple[bool, JsonValue]:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value


def _equals(left: JsonValue, right: JsonValue) -> bool:
    left, right = _alike(left, right)
    return _same(left, right)


def _same(left: JsonValue, right: JsonValue) -> bool:
    """Equal as JSON values: 1 is 1.0, and neither is true."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def _contains(container: JsonValue, part: JsonValue) -> bool:
    if isinstance(container, str):
        return part is not None and (part if isinstance(part, str) else encode(part)) in container
    if isinstance(container, list):
        return any(_equals(member, part) for member in container)
    return isinstance(container, dict) and isinstance(part, str) and part in container


def _is_empty(value: JsonValue, _: JsonValue) -> bool:
    return value in (None, "", [], {})


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[JsonValue, JsonValue], bool]:
    def compare(left: JsonValue, right: JsonValue) -> bool:
        left, right = _alike(left, right)
        if not (_are_numbers(left, right) or (isinstance(left, str) and isinstance(right, str))):
            raise TypeError
        return holds(left, right)

    return compare


def _are_numbers(*values: JsonValue) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _alike(left: JsonValue, right: JsonValue) -> tuple[JsonValue, JsonValue]:
    """Where one is a number or boolean and the other its text, as forms write values: without the text."""
    if isinstance(left, str) and not isinstance(right, str):
        return _read_as(right, left), right
    if isinstance(right, str) and not isinstance(left, str):
        return left, _read_as(left, right)
    return left, right


def _read_as(model: JsonValue, text: str) -> JsonValue:
    if isinstance(model, bool):
        return {"true": True, "false": False}.get(text, text)
    if not _are_numbers(model):
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


_OPERATORS: dict[str, Callable[[JsonValue, JsonValue], bool]] = {
    "equals": _equals,
    "not_equals": lambda left, right: not _equals(left, right),
    "contains": _contains,
    "not_contains": lambda left, right: not _contains(left, right),
    "greater_than": _ordered(lambda left, right: left > right),
    "less_than": _ordered(lambda left, right: left < right),
    "greater_or_equal": _ordered(lambda left, right: left >= right),
    "less_or_equal": _ordered(lambda left, right: left <= right),
    "empty": _is_empty,
    "not_empty": lambda left, right: not _is_empty(left, right),
}
