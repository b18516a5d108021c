"""The values of a config's fields, checked once their expressions are evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflows.domain.errors import NodeError
from workflows.domain.workflow import JsonValue


def require(value: JsonValue, name: str, fault: Callable[[Any], str | None], code: str) -> Any:
    """`value`, which the field `name` has.

    Args:
        fault: Says what is wrong with it, as in "must be a string"; None if nothing is.
        code: The error's, if something is.

    Raises:
        NodeError: Something is wrong with it.
    """
    if said := fault(value):
        raise NodeError(code, f"{name}: {said}")
    return value


def text_fault(value: JsonValue) -> str | None:
    """What is wrong with what is to be a text."""
    return None if isinstance(value, str) and value else "must be a string that is not empty"


def whole_number_fault(low: int, high: int) -> Callable[[JsonValue], str | None]:
    """Says what is wrong with what is to be a whole number from `low` to `high`."""

    def fault(value: JsonValue) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a whole number from {low:,} to {high:,}"

    return fault
