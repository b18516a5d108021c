"""Changes of executions, as the table's stream tells of them."""

from __future__ import annotations

from typing import Any

from workflows.adapters.attribute_values import AttributeValue, from_item


def changed_item(new: AttributeValue, old: AttributeValue) -> dict[str, Any] | None:
    """The record of an execution after a change, if its status is what changed.

    Raises:
        LookupError: It is not that of an execution.
    """
    item = from_item(new)
    return item if item["status"] != from_item(old).get("status") else None
