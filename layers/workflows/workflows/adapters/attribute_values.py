"""DynamoDB's attribute values for what our records hold: str, int, bool, None, bytes, list, dict.

User data is stored as JSON text, so that no number changes on the way; that is why no float is needed
here, nor boto3's serializer with its Decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AttributeValue = dict[str, Any]


def to_attribute(value: object) -> AttributeValue:
    """The attribute value of `value`.

    Raises:
        TypeError: Records do not hold such a type.
    """
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case list() | tuple():
            return {"L": [to_attribute(part) for part in value]}
        case Mapping():
            return {"M": to_item(value)}
    raise TypeError(f"records do not hold {type(value).__name__}")


def from_attribute(attribute: AttributeValue) -> Any:
    """The value of an attribute value made by `to_attribute`."""
    ((kind, value),) = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return int(value)
        case "L":
            return [from_attribute(part) for part in value]
        case "M":
            return from_item(value)
    return value


def to_item(record: Mapping[str, Any]) -> dict[str, AttributeValue]:
    return {name: to_attribute(value) for name, value in record.items()}


def from_item(item: Mapping[str, AttributeValue]) -> dict[str, Any]:
    return {name: from_attribute(value) for name, value in item.items()}
