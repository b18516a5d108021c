"""Tables of fields: what an object may hold, checked with all problems and read with all defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Final

from workflows.compiler.pointers import pointer_to
from workflows.compiler.templates import TemplateError, parse_template
from workflows.domain.errors import Problem
from workflows.domain.workflow import JsonValue

Schema = dict[str, JsonValue]
"""A JSON Schema, draft 2020-12."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a value must be.

    Attributes:
        fault: Says what is wrong with a value, or None.
        schema: The same for readers, and for editors: whatever passes the check is valid by it.
    """

    fault: Callable[[JsonValue], str | None]
    schema: Schema

    def __call__(self, value: JsonValue) -> str | None:
        return self.fault(value)


ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object.

    Attributes:
        check: What its value must be.
        description: What it is for, in a phrase for readers and editors.
        required: Whether it must be there.
        default: Its value where it is missing or null; `ABSENT` leaves it out, and lets null be a value.
    """

    check: Check
    description: str
    required: bool = False
    default: JsonValue = ABSENT


Fields = Mapping[str, Field]


def read_fields(
    document: Mapping[str, JsonValue],
    fields: Fields,
    pointer: str,
    places: Mapping[str, str] | None = None,
) -> tuple[dict[str, JsonValue], list[Problem]]:
    """Reads an object by its table.

    Args:
        document: The object.
        fields: Its table.
        pointer: Where it stands.
        places: Where single fields stand, if elsewhere.

    Returns:
        The values that are good, defaults filled in, and all problems.
    """
    values: dict[str, JsonValue] = {}
    problems: list[Problem] = []
    for name, field in fields.items():
        place = (places or {}).get(name, pointer_to(pointer, name))
        value = document.get(name, ABSENT)
        if value is None and field.default is not ABSENT:
            value = ABSENT
        if value is ABSENT:
            if field.required:
                problems.append(Problem(place, f"{name} is required"))
            elif field.default is not ABSENT:
                values[name] = copy(field.default)
        elif detail := field.check(value):
            problems.append(Problem(place, f"{name} {detail}"))
        else:
            values[name] = value
    known = ", ".join(fields) or "none"
    problems += [
        Problem(pointer_to(pointer, name), f"there is no such field here; the fields are: {known}")
        for name in document
        if name not in fields
    ]
    return values, problems


def object_of(fields: Fields) -> Schema:
    """The schema of an object by its table."""
    schema: Schema = {
        "type": "object",
        "properties": {name: _schema_of(field) for name, field in fields.items()},
        "additionalProperties": False,
    }
    required = [name for name, field in fields.items() if field.required]
    return {**schema, "required": required} if required else schema


def list_of(schema: Schema) -> Schema:
    """The schema of an array."""
    return {"type": "array", "items": schema}


def _schema_of(field: Field) -> Schema:
    described: Schema = {"description": field.description}
    if field.default is ABSENT:
        return {**described, **field.check.schema}
    # Where a default stands for what is missing, it stands for null, too.
    schema = {"anyOf": [field.check.schema, {"type": "null"}]} if field.check.schema else {}
    return {**described, **schema, "default": field.default}


def _is_expression(value: JsonValue) -> bool:
    """Whether a value is known only at run time (or is a template that cannot be read)."""
    try:
        return isinstance(value, str) and bool(parse_template(value).expressions)
    except TemplateError:
        return True


_EXPRESSION: Schema = {"type": "string", "pattern": r"\{\{"}


def or_expression(check: Check) -> Check:
    """What passes `check`, or a string with an expression, whose value is checked when it is known."""

    def fault(value: JsonValue) -> str | None:
        return None if _is_expression(value) else check(value)

    return Check(fault, {"anyOf": [check.schema, _EXPRESSION]})


def _whole_expression_fault(value: JsonValue) -> str | None:
    if not isinstance(value, str):
        return "must be a string: one {{ expression }}"
    try:
        whole = parse_template(value).whole
    except TemplateError:
        return None  # A problem of the expression, reported there.
    return None if whole else "must be one {{ expression }} and nothing else"


anything = Check(lambda _: None, {})

an_object = Check(lambda value: None if isinstance(value, dict) else "must be an object", {"type": "object"})

a_list = Check(lambda value: None if isinstance(value, list) else "must be an array", {"type": "array"})

a_boolean = Check(
    lambda value: None if isinstance(value, bool) else "must be true or false", {"type": "boolean"}
)

whole_expression = Check(_whole_expression_fault, _EXPRESSION)
"""A string that is one `{{ expression }}`, so that its value keeps its type and is never text."""


def text(low: int = 1, high: int | None = None, pattern: str | None = None) -> Check:
    """A string of `low` to `high` characters, all of which `pattern` matches."""

    def fault(value: JsonValue) -> str | None:
        if isinstance(value, str) and low <= len(value) and (high is None or len(value) <= high):
            matches = pattern is None or re.fullmatch(pattern, value)
            return None if matches else f"must match {pattern}"
        if high is None:
            return "must be a string" if low == 0 else "must be a string that is not empty"
        return f"must be a string of {low} to {high} characters"

    schema: Schema = {"type": "string", **({"minLength": low} if low else {})}
    if high is not None:
        schema["maxLength"] = high
    if pattern is not None:
        schema["pattern"] = f"^(?:{pattern})$"
    return Check(fault, schema)


def integer(low: int, high: int) -> Check:
    """A whole number from `low` to `high`; true and false are none."""

    def fault(value: JsonValue) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a whole number from {low} to {high}"

    return Check(fault, {"type": "integer", "minimum": low, "maximum": high})


def number(low: float, high: float, *, above: bool = False) -> Check:
    """A number from `low` (or, with `above`, more than that) to `high`; true, false and NaN are none."""

    def fault(value: JsonValue) -> str | None:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and low <= value <= high and not (above and value == low):
            return None
        return f"must be a number {'above' if above else 'from'} {low:g} to {high:g}"

    return Check(fault, {"type": "number", "exclusiveMinimum" if above else "minimum": low, "maximum": high})


def one_of(*choices: str) -> Check:
    """One of these strings."""

    def fault(value: JsonValue) -> str | None:
        return None if value in choices else f"must be one of {', '.join(choices)}"

    return Check(fault, {"enum": list(choices)})
