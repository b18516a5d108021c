"""The payload of a Task: which nodes of which execution to run, as the compiler emitted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GateAhead:
    """The gate at which a segment's Task waits once its nodes are settled.

    Attributes:
        awaits: The nodes of other branches that it waits for.
        token: The Task's.
    """

    gate_id: str
    awaits: tuple[str, ...]
    token: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some items of a loop, by their indexes: from `first` to before `end`."""

    loop_id: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Segment:
    """The nodes that one invocation runs.

    Attributes:
        attempt: The attempt of the execution that this Task belongs to.
        path: The loop iterations around it; empty outside loops.
        node_ids: In the order in which to run them; none for a Task that only waits or ends the execution.
        settles: To be settled first: loops whose iterations are all over, and delays whose Wait is, as gates
            await them.
        opens: Per node, the gates to try as soon as it is settled.
        gate: Where to wait afterwards, if anywhere.
        chooses: Whether the state machine goes by the branch of the last node.
        final: Whether the execution is completed when this segment is.
        batch: The items of a loop, for each of which to run the nodes.
        token: By which the Task ends, if it waits: at the gate, or for the answer to its last node.
        turns: The loop of which the iteration at `path` is over, if one is.
    """

    execution_id: str
    workflow_id: str
    version: int
    attempt: int
    path: str
    node_ids: tuple[str, ...]
    settles: tuple[str, ...]
    opens: Mapping[str, tuple[str, ...]]
    gate: GateAhead | None
    final: bool
    chooses: bool = False
    batch: Batch | None = None
    turns: str | None = None
    token: str | None = None

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Segment:
        run = event["run"]
        gate_id, loop_id = event.get("gate"), event.get("iterates")
        return cls(
            execution_id=run["execution_id"],
            workflow_id=run["workflow_id"],
            version=run["version"],
            attempt=run["attempt"],
            path=run["path"],
            node_ids=tuple(event.get("nodes", ())),
            settles=tuple(event.get("settles", ())),
            opens={node_id: tuple(gates) for node_id, gates in event.get("opens", {}).items()},
            gate=GateAhead(gate_id, tuple(event["awaits"]), event["token"]) if gate_id else None,
            final=event.get("final", False),
            chooses=event.get("chooses", False),
            batch=Batch(loop_id, *run["items"]) if loop_id else None,
            turns=event.get("turns"),
            token=event.get("token"),
        )
