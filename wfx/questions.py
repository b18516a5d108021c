"""What nodes ask of people, and how to answer."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wfx.api import Api, segment
from wfx.tables import Document

_MAX_ASKED = 5
"""Questions of iterations that are looked up at once."""


@dataclass(frozen=True, slots=True)
class Question:
    """Attributes:
    path: Of which iteration of a loop, `each[3]/`; empty outside of loops.
    approvers: Who may answer; nobody: whoever sees the execution's data.
    """

    execution_id: str
    node_id: str
    path: str
    message: str
    approvers: tuple[str, ...]

    @classmethod
    def of(cls, execution_id: str, node_id: str, asked: Document, path: str = "") -> Question:
        return cls(execution_id, node_id, path, asked["message"], tuple(asked.get("approvers") or ()))

    @property
    def text(self) -> str:
        by = f" ({', '.join(self.approvers)} may answer)" if self.approvers else ""
        return f"{self.path}{self.node_id} asks: {self.message}{by}"

    @property
    def command(self) -> str:
        """What answers it, on a command line."""
        words = ["wfx", "answer", self.execution_id, self.node_id]
        path = ["--path", self.path] if self.path else []
        return f"{shlex.join(words)} approved|rejected {shlex.join(path)}".rstrip()


def of_execution(execution: Document) -> list[Question]:
    """What an execution's nodes ask, iterations aside."""
    return [
        Question.of(execution["execution_id"], node_id, node["approval"])
        for node_id, node in (execution.get("nodes") or {}).items()
        if node["status"] == "waiting" and node.get("approval")
    ]


def of_loops(api: Api, execution: Document) -> list[Question]:
    """What the iterations of loops that are under way ask: a call for each loop and question."""
    return [
        question
        for node_id, node in (execution.get("nodes") or {}).items()
        if node["type"] == "loop" and node["status"] == "running"
        for question in _of_loop(api, execution["execution_id"], node_id)
    ]


def _of_loop(api: Api, execution_id: str, loop_id: str) -> Iterator[Question]:
    for waiting in _node(api, execution_id, loop_id).get("waiting", [])[:_MAX_ASKED]:
        asked = _node(api, execution_id, waiting["node_id"], waiting["path"]).get("approval")
        if asked:
            yield Question.of(execution_id, waiting["node_id"], asked, waiting["path"])


def _node(api: Api, execution_id: str, node_id: str, path: str | None = None) -> dict[str, Any]:
    where = f"/executions/{segment(execution_id, 'execution')}/nodes/{segment(node_id, 'node')}"
    document: dict[str, Any] = api.get(where, {"path": path}).document
    return document
