"""What became of a node in an execution."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from workflows.domain.execution_error import ExecutionError
from workflows.domain.node_file import NodeFile
from workflows.domain.payload import Payload
from workflows.domain.workflow import ERROR_HANDLE, Edge

NodeStatus = Literal["pending", "running", "waiting", "completed", "failed", "skipped", "cancelled"]
Tolerated = Literal["error", "continue", "item"]

NODE_PREFIX = "node"
NODE_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
_NODE_ID = re.compile(NODE_ID_PATTERN)


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """The record `node#<path><id>`: what became of a node in an execution.

    Attributes:
        path: Loop iterations around it, e.g. `loop[3]/`; empty outside loops.
        tries: Times it was started in this attempt.
        lease_until: While running: when its function is gone for certain (its Lambda's deadline).
        branch: The handle that a condition or switch chose.
        wakes_at: When a delay is over.
        expires_at: Until when an approval can be answered.
        tolerated: On a failed node that does not fail the execution: by its `error` edges, by
            `on_error: continue`, or as it fails no more than an iteration of a loop, or the loop.
        iterations: Of a loop: over how many items it goes, or how many turns are done.
        is_turning: Of a `while` or `until` loop: whether another turn is under way.
        failed_iterations: Of a loop that is over.
        child_id: Of a `workflow` node: the execution that it started.
        file: What it has fetched beside its output.
        answered_by: Of an approval: the user who answered it.
        usage: What it took of a language model, by name.
    """

    execution_id: str
    node_id: str
    status: NodeStatus
    attempt: int = 1
    path: str = ""
    tries: int = 0
    started_at: str | None = None
    completed_at: str | None = None
    lease_until: str | None = None
    branch: str | None = None
    wakes_at: str | None = None
    expires_at: str | None = None
    output: Payload | None = None
    error: ExecutionError | None = None
    tolerated: Tolerated | None = None
    iterations: int | None = None
    is_turning: bool = False
    failed_iterations: int | None = None
    child_id: str | None = None
    file: NodeFile | None = None
    answered_by: str | None = None
    usage: Mapping[str, int] | None = None

    @property
    def is_asking(self) -> bool:
        """Its Task goes on until somebody answers; its output is what is asked."""
        return self.status == "waiting" and self.wakes_at is None

    @property
    def is_iterating(self) -> bool:
        """Of a loop: its iterations are under way; its output is what they go over, or what goes round."""
        return self.status == "running" and self.iterations is not None

    @property
    def is_settled(self) -> bool:
        """Nothing more will happen to it in this attempt, and its outgoing edges are decided."""
        return self.status in ("completed", "skipped") or (
            self.status == "failed" and self.tolerated is not None
        )

    def matured(self) -> NodeRecord:
        """A delay whose time has come is completed; that needs no write, as its record says when."""
        if self.status == "waiting" and self.wakes_at is not None:
            return replace(self, status="completed", completed_at=self.wakes_at)
        return self

    def opens(self, edge: Edge) -> bool:
        """Whether `edge`, which leaves this settled node, is live."""
        if self.status == "completed":
            return edge.when is None or edge.when == self.branch
        if self.tolerated == "error":
            return edge.when == ERROR_HANDLE
        return self.tolerated == "continue" and edge.when is None

    def to_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "execution_id": self.execution_id,
            "record": node_key(self.path, self.node_id),
            "node_id": self.node_id,
            "path": self.path,
            "status": self.status,
            "attempt": self.attempt,
            "tries": self.tries,
            "started_at": self.started_at,
            "completed_at": self.completed_at,
            "lease_until": self.lease_until,
            "branch": self.branch,
            "wakes_at": self.wakes_at,
            "expires_at": self.expires_at,
            "output": self.output and self.output.to_item(),
            "error": self.error and self.error.to_item(),
            "tolerated": self.tolerated,
            "iterations": self.iterations,
            "is_turning": self.is_turning or None,
            "failed_iterations": self.failed_iterations,
            "child_id": self.child_id,
            "file": self.file and self.file.to_item(),
            "answered_by": self.answered_by,
            "usage": self.usage and dict(self.usage),
        }
        return {name: value for name, value in item.items() if value not in (None, "")}

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> NodeRecord:
        return cls(
            execution_id=item["execution_id"],
            node_id=item["node_id"],
            status=item["status"],
            attempt=item["attempt"],
            path=item.get("path", ""),
            tries=item["tries"],
            started_at=item.get("started_at"),
            completed_at=item.get("completed_at"),
            lease_until=item.get("lease_until"),
            branch=item.get("branch"),
            wakes_at=item.get("wakes_at"),
            expires_at=item.get("expires_at"),
            output=Payload.from_item(item["output"]) if "output" in item else None,
            error=ExecutionError.from_item(item.get("error")),
            tolerated=item.get("tolerated"),
            iterations=item.get("iterations"),
            is_turning=item.get("is_turning", False),
            failed_iterations=item.get("failed_iterations"),
            child_id=item.get("child_id"),
            file=NodeFile.from_item(item.get("file")),
            answered_by=item.get("answered_by"),
            usage=item.get("usage"),
        )


def is_node_id(text: str) -> bool:
    """Whether `text` could be the id of a node."""
    return _NODE_ID.fullmatch(text) is not None


def node_key(path: str, node_id: str) -> str:
    """Sort key of a node's record; those in loops come after all others, which are read without them."""
    return f"{NODE_PREFIX}@{path}{node_id}" if path else f"{NODE_PREFIX}#{node_id}"


def is_node_key(record: str) -> bool:
    return record.startswith((f"{NODE_PREFIX}#", f"{NODE_PREFIX}@"))
