"""Reads what single nodes of executions have made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import payload_store
from workflows.domain.access import Caller, require_data
from workflows.domain.errors import NotFound
from workflows.domain.node_file import NodeFile
from workflows.services.executions import Executions, executions
from workflows.services.node_states import NodeState


@dataclass(frozen=True, slots=True)
class FileLink:
    """A node's file.

    Attributes:
        name: What it is called once it is downloaded.
        url: Downloads it, for 15 minutes.
    """

    name: str
    file: NodeFile
    url: str


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node of an execution.

    Attributes:
        value: `output`, or for one that is too large for an answer `output_url`; nothing where it has none.
        files: What it has fetched beside its output.
    """

    execution_id: str
    node_id: str
    state: NodeState
    value: Mapping[str, Any]
    files: tuple[FileLink, ...]


@dataclass(frozen=True, slots=True)
class Nodes:
    executions: Executions
    payloads: PayloadStore

    def get(self, caller: Caller, execution_id: str, node_id: str) -> NodeView:
        """A node outside of loops, with its output.

        Raises:
            NotFound: There is no such execution or node, or the caller may not know of it.
            Forbidden: The caller may not see the execution's data.
        """
        snapshot = self.executions.snapshot(caller, execution_id)
        require_data(caller, snapshot.execution, "see what its nodes have made")
        state = self.executions.states(snapshot).get(node_id)
        if state is None:
            raise NotFound(f"there is no node {node_id} in the workflow", execution_id=execution_id)
        return NodeView(
            execution_id, node_id, state, self._value(execution_id, state), self._files(execution_id, state)
        )

    def _value(self, execution_id: str, state: NodeState) -> dict[str, Any]:
        record = state.record
        # Of one that goes on, the record's output is what it works with.
        if record is None or record.output is None or state.status not in ("completed", "failed"):
            return {}
        if record.output.storage == "object":
            filename = f"execution-{execution_id}-{record.node_id}.json"
            return {"output_url": self.payloads.link(execution_id, record.output, filename)}
        return {"output": self.payloads.get(execution_id, record.output)}

    def _files(self, execution_id: str, state: NodeState) -> tuple[FileLink, ...]:
        record = state.record
        if record is None or record.file is None:
            return ()
        url = self.payloads.file_link(execution_id, record.path, record.node_id, record.file)
        return (FileLink(record.file.name(execution_id, record.node_id), record.file, url),)


@cache
def nodes() -> Nodes:
    return Nodes(executions(), payload_store())
