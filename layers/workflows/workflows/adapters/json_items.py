"""JSON values as DynamoDB's attribute values, and back: for tables that are not ours.

A number keeps its value: JSON's whole numbers as they are, others as the shortest decimal that means them.
Sets are read as lists, and binary values as base64, since JSON has neither.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from workflows.adapters.attribute_values import AttributeValue, from_attribute, to_attribute
from workflows.domain.workflow import JsonValue

_DIGITS = 38
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

_MAGNITUDES = (1e-130, 9.99e125)


def to_json_item(value: Mapping[str, JsonValue]) -> dict[str, AttributeValue]:
    """The item of a JSON object.

    Raises:
        ValueError: DynamoDB has no such number.
    """
    return {name: _to_attribute(part) for name, part in value.items()}


def to_json_attribute(value: JsonValue) -> AttributeValue:
    """The attribute value of a JSON value, or raises ValueError as `to_json_item` does."""
    return _to_attribute(value)


def from_json_item(item: Mapping[str, AttributeValue]) -> dict[str, JsonValue]:
    """The JSON object of an item, whoever wrote it."""
    return {name: _from_attribute(part) for name, part in item.items()}


def _to_attribute(value: JsonValue) -> AttributeValue:
    match value:
        case bool():
            return to_attribute(value)
        case int() | float():
            return {"N": _number_text(value)}
        case list():
            return {"L": [_to_attribute(part) for part in value]}
        case dict():
            return {"M": to_json_item(value)}
    return to_attribute(value)


def _number_text(value: float) -> str:
    if isinstance(value, int):
        # Zeros at the end are no digits of its precision. The size comes first: its text might be endless.
        if abs(value) >= 10**126 or len(str(abs(value)).rstrip("0")) > _DIGITS:
            raise ValueError(f"holds a number of more than {_DIGITS} digits, which DynamoDB does not have")
        return str(value)
    low, high = _MAGNITUDES
    if not math.isfinite(value) or (value and not low <= abs(value) <= high):
        raise ValueError("holds a number that DynamoDB does not have: NaN, or too large or too small a one")
    return repr(value)


def _from_attribute(attribute: AttributeValue) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return _number(value)
        case "B":
            return base64.b64encode(value).decode()
        case "SS":
            return sorted(value)
        case "NS":
            return sorted(map(_number, value))
        case "BS":
            return sorted(base64.b64encode(part).decode() for part in value)
        case "L":
            return [_from_attribute(part) for part in value]
        case "M":
            return from_json_item(value)
    return from_attribute(attribute)


def _number(text: str) -> int | float:
    number = Decimal(text)
    # As an integer it keeps all digits; DynamoDB may write one with an exponent.
    return int(number) if number == number.to_integral_value() else float(number)
