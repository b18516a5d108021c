"""Why an execution or a node failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExecutionError:
    """Why an execution or a node failed.

    Attributes:
        code: Stable name of the kind of failure.
        message: One sentence for people.
        node_id: The node that failed, where it was one.
    """

    code: str
    message: str
    node_id: str | None = None

    def to_item(self) -> dict[str, Any]:
        item = {"code": self.code, "message": self.message}
        return item if self.node_id is None else {**item, "node_id": self.node_id}

    @classmethod
    def from_item(cls, item: dict[str, Any] | None) -> ExecutionError | None:
        return None if item is None else cls(item["code"], item["message"], item.get("node_id"))
