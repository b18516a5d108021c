"""JSON values that executions carry: inputs, outputs and results, stored by size.

A state record holds a `Payload`, never the value of a large one: who only schedules does not pay for data.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from workflows.domain.workflow import JsonValue

INLINE_BYTES = 4 * 1024
"""Up to here a value rides in the record itself."""

ITEM_BYTES = 300 * 1024
"""Up to here it is an item of its own (DynamoDB's limit is 400 KB an item); beyond, an S3 object."""

MAX_BYTES = 32 * 1024 * 1024
"""Of any value: whoever reads it has it in memory several times, as text and as what it says."""

Storage = Literal["inline", "item", "object"]


@dataclass(frozen=True, slots=True)
class Payload:
    """Where a value is.

    Attributes:
        name: Unique within its execution, e.g. `inputs` or `node#a`.
        storage: `inline` (in `text`), `item` (record `payload#<name>`) or `object` (S3).
        size_bytes: Length of its JSON in UTF-8.
        text: The JSON itself, when inline.
    """

    name: str
    storage: Storage
    size_bytes: int
    text: str | None = None

    @property
    def record(self) -> str:
        """Sort key of its item in the executions table."""
        return f"payload#{self.name}"

    def object_key(self, execution_id: str) -> str:
        """Key of its object in the data bucket."""
        return f"{objects_prefix(execution_id)}{self.name}.json"

    def to_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {"name": self.name, "storage": self.storage, "size_bytes": self.size_bytes}
        return item if self.text is None else {**item, "text": self.text}

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> Payload:
        return cls(item["name"], item["storage"], item["size_bytes"], item.get("text"))


def objects_prefix(execution_id: str) -> str:
    """What the keys of all objects of an execution begin with, also of those that no record names."""
    return f"payloads/{execution_id}/"


def encode(value: JsonValue) -> str:
    """Compact JSON; what is not JSON (NaN, infinities, other types) raises ValueError or TypeError."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


MAX_DEPTH = 100
"""Values nest no deeper, so that whatever walks them may recurse."""


def json_fault(value: JsonValue) -> str | None:
    """Why a value that was parsed as JSON cannot be kept as such; None if it can.

    Python's parser takes what JSON has not: infinities, NaN, halves of surrogate pairs.
    """
    # A stack, not recursion: how deep the value nests is what is asked.
    pending: list[tuple[JsonValue, int]] = [(value, 1)]
    while pending:
        current, depth = pending.pop()
        if isinstance(current, dict | list) and depth > MAX_DEPTH:
            return f"nests deeper than {MAX_DEPTH}"
        if isinstance(current, dict):
            pending += [(part, depth + 1) for part in (*current, *current.values())]
        elif isinstance(current, list):
            pending += [(part, depth + 1) for part in current]
        elif isinstance(current, float) and not math.isfinite(current):
            return "holds a number out of range, or none at all"
        elif isinstance(current, str) and not _is_text(current):
            return "holds half a surrogate pair, which is no character"
    return None


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class PayloadTooLarge(ValueError):
    """A value is larger than `MAX_BYTES`."""


def place(name: str, text: str) -> Payload:
    """Decide where the JSON `text` is to be stored.

    Raises:
        PayloadTooLarge: Nowhere.
    """
    size_bytes = len(text.encode())
    if size_bytes > MAX_BYTES:
        raise PayloadTooLarge(f"has {size_bytes} bytes of JSON, more than {MAX_BYTES}")
    if size_bytes <= INLINE_BYTES:
        return Payload(name, "inline", size_bytes, text)
    return Payload(name, "item" if size_bytes <= ITEM_BYTES else "object", size_bytes)
