"""A gate: where a branch of a state machine waits until nodes of other branches are settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

GATE_PREFIX = "gate#"
LOOP_GATE_PREFIX = "waits@"
_OWN = "node/"


@dataclass(frozen=True, slots=True)
class Gate:
    """The record `gate#<path><id>`: who waits, and for what.

    Attributes:
        path: The loop iterations around it; empty outside loops.
        awaits: The nodes that must be settled.
        tokens: Of every Task that has come to wait. A retry or a later attempt brings a new one, and none
            takes the place of another: a function that outlives its Task would leave a dead one behind.
    """

    execution_id: str
    gate_id: str
    path: str
    awaits: tuple[str, ...]
    tokens: tuple[str, ...]

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> Gate:
        return cls(
            execution_id=item["execution_id"],
            gate_id=item["gate_id"],
            path=item["path"],
            awaits=tuple(item["awaits"]),
            tokens=tuple(item["tokens"]),
        )


def own_gate(node_id: str) -> str:
    """Id of the gate at which the Task of a node waits for the node itself to be answered."""
    return f"{_OWN}{node_id}"


def is_own_gate(gate_id: str) -> bool:
    return gate_id.startswith(_OWN)


def gate_key(path: str, gate_id: str) -> str:
    """Sort key of a gate's record; those in loops come after all nodes, which are read without them."""
    return f"{LOOP_GATE_PREFIX}{path}{gate_id}" if path else f"{GATE_PREFIX}{gate_id}"
