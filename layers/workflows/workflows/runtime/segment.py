"""The payload of a Task: which nodes of which execution to run, as the compiler emitted it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Segment:
    """The nodes that one invocation runs.

    Attributes:
        attempt: The attempt of the execution that this Task belongs to.
        path: The loop iterations around it; empty outside loops.
        node_ids: In the order in which to run them; none for the Task that only ends the execution.
        final: Whether the execution is completed when this segment is.
    """

    execution_id: str
    workflow_id: str
    version: int
    attempt: int
    path: str
    node_ids: tuple[str, ...]
    final: bool

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Segment:
        run = event["run"]
        return cls(
            execution_id=run["execution_id"],
            workflow_id=run["workflow_id"],
            version=run["version"],
            attempt=run["attempt"],
            path=run["path"],
            node_ids=tuple(event["nodes"]),
            final=event.get("final", False),
        )
