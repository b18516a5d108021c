"""Tables of fields: what an object may hold, checked with all problems and read with all defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Final

from workflows.compiler.pointers import pointer_to
from workflows.domain.errors import Problem
from workflows.domain.workflow import JsonValue

Check = Callable[[JsonValue], str | None]
"""Says what is wrong with a value, or None."""

ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object.

    Attributes:
        check: What its value must be.
        required: Whether it must be there.
        default: Its value where it is missing or null; `ABSENT` leaves it out, and lets null be a value.
    """

    check: Check
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


def anything(_value: JsonValue) -> str | None:
    return None


def an_object(value: JsonValue) -> str | None:
    return None if isinstance(value, dict) else "must be an object"


def a_list(value: JsonValue) -> str | None:
    return None if isinstance(value, list) else "must be an array"


def text(low: int = 1, high: int | None = None) -> Check:
    """A string of `low` to `high` characters."""

    def check(value: JsonValue) -> str | None:
        if isinstance(value, str) and low <= len(value) and (high is None or len(value) <= high):
            return None
        if high is None:
            return "must be a string" if low == 0 else "must be a string that is not empty"
        return f"must be a string of {low} to {high} characters"

    return check


def integer(low: int, high: int) -> Check:
    """A whole number from `low` to `high`; true and false are none."""

    def check(value: JsonValue) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a whole number from {low} to {high}"

    return check


def number(low: float, high: float, *, above: bool = False) -> Check:
    """A number from `low` (or, with `above`, more than that) to `high`; true, false and NaN are none."""

    def check(value: JsonValue) -> str | None:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and low <= value <= high and not (above and value == low):
            return None
        return f"must be a number {'above' if above else 'from'} {low:g} to {high:g}"

    return check


def one_of(*choices: str) -> Check:
    """One of these strings."""

    def check(value: JsonValue) -> str | None:
        return None if value in choices else f"must be one of {', '.join(choices)}"

    return check


def unsupported(value: JsonValue) -> str | None:
    """A field of the full definition that this version cannot honour, so must not ignore."""
    return None if value is None else "is not supported yet"
