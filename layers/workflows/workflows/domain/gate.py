"""A gate: where a branch of a state machine waits until nodes of other branches are settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Gate:
    """The record `gate#<path><id>`: who waits, and for what.

    Attributes:
        path: The loop iterations around it; empty outside loops.
        awaits: The nodes that must be settled.
        token: Of the Task that waits; a retry of it, or a later attempt, brings another.
    """

    execution_id: str
    gate_id: str
    path: str
    awaits: tuple[str, ...]
    token: str

    def to_item(self) -> dict[str, Any]:
        return {
            "execution_id": self.execution_id,
            "record": gate_key(self.path, self.gate_id),
            "gate_id": self.gate_id,
            "path": self.path,
            "awaits": list(self.awaits),
            "token": self.token,
        }

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> Gate:
        return cls(
            execution_id=item["execution_id"],
            gate_id=item["gate_id"],
            path=item["path"],
            awaits=tuple(item["awaits"]),
            token=item["token"],
        )


def gate_key(path: str, gate_id: str) -> str:
    """Sort key of a gate's record."""
    return f"gate#{path}{gate_id}"
