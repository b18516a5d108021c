"""What a table of fields cannot say about the node types' configs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from workflows.compiler.fields import Field, integer, number, one_of, read_fields, text
from workflows.compiler.templates import TemplateError, parse_template
from workflows.domain.errors import Problem
from workflows.domain.workflow import ERROR_HANDLE, MAX_DELAY_SECONDS, JsonValue

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_WITHOUT_VALUE = ("empty", "not_empty")

operator = one_of(
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "greater_than",
    "less_than",
    "greater_or_equal",
    "less_or_equal",
    *_WITHOUT_VALUE,
)

_seconds = number(0, MAX_DELAY_SECONDS)
_status = integer(100, 599)


def whole_expression(value: JsonValue) -> str | None:
    """A string that is one `{{ expression }}`, so that its value stays true or false and never text."""
    if not isinstance(value, str):
        return "must be a string: one {{ expression }}"
    try:
        whole = parse_template(value).whole
    except TemplateError:
        return None  # A problem of the expression, reported there.
    return None if whole else "must be one {{ expression }} and nothing else"


def has_expression(value: JsonValue) -> bool:
    """Whether a value is known only at run time (or is a template that cannot be read)."""
    try:
        return isinstance(value, str) and bool(parse_template(value).expressions)
    except TemplateError:
        return True


def case_name(value: JsonValue) -> str | None:
    if value == ERROR_HANDLE:
        return f"must not be {ERROR_HANDLE!r}, the handle for failures"
    return text(1, 64)(value)


_CASE_FIELDS = {"case": Field(case_name, required=True), "when": Field(whole_expression, required=True)}


def cases(value: JsonValue) -> str | None:
    return None if isinstance(value, list) and value else "must be an array of at least one {case, when}"


def switch_rules(config: dict[str, JsonValue]) -> Iterator[Problem]:
    given = config.get("cases")
    seen: set[str] = set()
    for i, case in enumerate(given if isinstance(given, list) else ()):
        pointer = f"/cases/{i}"
        if not isinstance(case, dict):
            yield Problem(pointer, "a case must be an object {case, when}")
            continue
        values, problems = read_fields(case, _CASE_FIELDS, pointer)
        yield from problems
        name = values.get("case")
        if name in seen:
            yield Problem(f"{pointer}/case", f"another case is {name!r} already")
        elif name is not None:
            seen.add(name)


def switch_handles(config: dict[str, JsonValue]) -> tuple[str, ...]:
    given = config.get("cases")
    named = [case.get("case") for case in given if isinstance(case, dict)] if isinstance(given, list) else []
    return tuple(name for name in (*named, config.get("default")) if isinstance(name, str))


def condition_rules(config: dict[str, JsonValue]) -> Iterator[Problem]:
    by_field = [key for key in ("field", "operator", "condition_type", "value") if key in config]
    if "expression" in config:
        for key in by_field:
            yield Problem(f"/{key}", "give either an expression, or field, operator and value")
        return
    if not by_field:
        yield Problem("", "a condition needs an expression, or field, operator and value")
        return
    if "operator" in config and "condition_type" in config:
        yield Problem("/condition_type", "condition_type is another name for operator: give one of them")
    chosen = config.get("operator", config.get("condition_type"))
    if "field" not in config:
        yield Problem("/field", "field is required")
    if chosen is None:
        yield Problem("/operator", "operator is required")
    if "value" not in config and chosen not in _WITHOUT_VALUE:
        yield Problem("/value", "value is required")


def complete_condition(config: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if "condition_type" not in config:
        return config
    renamed = {key: value for key, value in config.items() if key != "condition_type"}
    return {**renamed, "operator": config["condition_type"]}


def method(value: JsonValue) -> str | None:
    return one_of(*METHODS)(value.upper() if isinstance(value, str) else value)


def statuses(value: JsonValue) -> str | None:
    is_list = isinstance(value, list) and value
    if not is_list or any(_status(status) for status in value):
        return "must be an array of HTTP statuses from 100 to 599"
    return None


def http_rules(config: dict[str, JsonValue]) -> Iterator[Problem]:
    if "json" in config and "body" in config:
        yield Problem("/body", "give either json or body, not both")


def delay_seconds(value: JsonValue) -> str | None:
    return None if has_expression(value) else _seconds(value)


def delay_until(value: JsonValue) -> str | None:
    if has_expression(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        return "must be an ISO 8601 time with Z or an offset, as 2026-02-23T16:30:05Z"
    return None


def delay_rules(config: dict[str, JsonValue]) -> Iterator[Problem]:
    if ("seconds" in config) == ("until" in config):
        yield Problem("", "a delay needs either seconds or until")
