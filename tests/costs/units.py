"""What DynamoDB bills for a read or write, by the rules that AWS publishes.

Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Units: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
Indexes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""As DynamoDB has it: typed values by attribute name."""

_WRITE_BYTES = 1024
_READ_BYTES = 4 * 1024


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index.

    Attributes:
        keys: Names of its key attributes. Items without all of them are not in it.
        attributes: All that it projects, keys included; None: whatever the item has.
    """

    name: str
    keys: tuple[str, ...]
    attributes: frozenset[str] | None

    def view(self, item: Item | None) -> Item | None:
        """What the index holds of an item; None: nothing."""
        if item is None or any(key not in item for key in self.keys):
            return None
        return {name: v for name, v in item.items() if self.attributes is None or name in self.attributes}

    def write_units(self, old: Item | None, new: Item | None) -> int:
        """One write to put, change or remove what it holds; two where that moves to another key."""
        before, after = self.view(old), self.view(new)
        if before == after:
            return 0
        if before is None or after is None:
            return write_units(before, after)
        if any(before[key] != after[key] for key in self.keys):
            return write_units(before) + write_units(after)
        return write_units(before, after)


def write_units(*images: Item | None) -> int:
    """Of a write, by the larger of the item before and after it."""
    return max([1, *(ceil(item_bytes(image) / _WRITE_BYTES) for image in images if image is not None)])


def read_units(size_bytes: int, *, consistent: bool) -> float:
    """Of a read of one item, or of all items of a query together; what is not there costs the least."""
    return max(1, ceil(size_bytes / _READ_BYTES)) * (1 if consistent else 0.5)


def item_bytes(item: Item) -> int:
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            # About a byte for two significant digits, one for a minus, and one.
            digits = content.lstrip("-").replace(".", "").strip("0")
            return 1 + ceil(len(digits) / 2) + (1 if content.startswith("-") else 0)
        case "L":
            return 3 + sum(1 + _value_bytes(part) for part in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_bytes(part) for name, part in content.items())
        case "BOOL" | "NULL":
            return 1
    raise ValueError(f"no size is known of a value of type {kind}")
