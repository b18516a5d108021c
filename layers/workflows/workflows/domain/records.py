"""What the records of a key-value table can be, by rules that the table's service has for all tables."""

from __future__ import annotations

from workflows.domain.payload import json_fault
from workflows.domain.workflow import JsonValue

SORT_OPERATORS = (
    "equals",
    "less_than",
    "less_or_equal",
    "greater_than",
    "greater_or_equal",
    "between",
    "begins_with",
)
"""What a query may ask of sort keys."""


def record_fault(value: JsonValue) -> str | None:
    """What is wrong with an item; None if nothing is."""
    if not isinstance(value, dict) or not value:
        return "must be an object that is not empty"
    if "" in value:
        return "must not have an attribute without a name"
    return json_fault(value)


def key_value_fault(value: JsonValue) -> str | None:
    """What is wrong with the value of a key's attribute; None if nothing is."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return "must be a string or a number"
    return "must not be empty" if value == "" else json_fault(value)
