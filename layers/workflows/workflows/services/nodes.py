"""Reads what single nodes of executions have made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from workflows.adapters.gates import GateStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import gate_store, payload_store
from workflows.domain.access import Caller, require_data
from workflows.domain.approval import Request
from workflows.domain.errors import Forbidden, Malformed, NotFound, Problem
from workflows.domain.execution import Execution
from workflows.domain.gate import is_own_gate
from workflows.domain.loop import is_path, places
from workflows.domain.node_file import NodeFile
from workflows.domain.node_record import is_node_id, node_key
from workflows.domain.workflow_record import GraphNode
from workflows.services.executions import Executions, executions
from workflows.services.node_states import NodeState, state_of

MAX_WAITING = 100


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
        asked: What it asks, of an approval that waits.
        waiting: Of a loop that is under way: the nodes in it that wait for an answer, by path and id; at most
            `MAX_WAITING` are looked at.
    """

    execution_id: str
    node_id: str
    path: str
    state: NodeState
    value: Mapping[str, Any]
    files: tuple[FileLink, ...]
    asked: Any
    waiting: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Nodes:
    executions: Executions
    payloads: PayloadStore
    gates: GateStore

    def get(self, caller: Caller, execution_id: str, node_id: str, path: str = "") -> NodeView:
        """A node, with its output; to an approver who may not see that, what the node asks while it waits.

        Args:
            path: The loop iterations around it, as `loop[3]/`; empty outside loops.

        Raises:
            NotFound: There is no such execution or node, or the caller may not know of it.
            Forbidden: The caller may not see the execution's data.
            Malformed: The path is none.
        """
        if not is_path(path):
            detail = "must be the path of an iteration, as in loop[3]/"
            raise Malformed(f"path {detail}", problems=(Problem("path", detail),))
        try:
            snapshot = self.executions.snapshot(caller, execution_id)
            require_data(caller, snapshot.execution, "see what its nodes have made")
        except (NotFound, Forbidden):
            if view := self._asked_of(caller, execution_id, path, node_id):
                return view
            raise
        states = self.executions.states(snapshot) if not path else {}
        state = states.get(node_id) or (self._recorded(snapshot.execution, path, node_id) if path else None)
        if state is None:
            raise NotFound(f"there is no node {path}{node_id} in the workflow", execution_id=execution_id)
        return NodeView(
            execution_id,
            node_id,
            path,
            state,
            self._value(execution_id, state),
            self._files(execution_id, state),
            self._asked(execution_id, state),
            self._waiting(execution_id, state),
        )

    def _asked_of(self, caller: Caller, execution_id: str, path: str, node_id: str) -> NodeView | None:
        """The node that waits for the caller's answer; None if it does not."""
        snapshot = self.executions.executions.read(execution_id)
        state = self._recorded(snapshot.execution, path, node_id) if snapshot else None
        asked = self._asked(execution_id, state) if state else None
        if state is None or asked is None or caller.user_id not in Request.from_json(asked).approvers:
            return None
        return NodeView(execution_id, node_id, path, state, {}, (), asked, ())

    def _recorded(self, execution: Execution, path: str, node_id: str) -> NodeState | None:
        """The state of a node by its own record, which may be in a loop."""
        if not is_node_id(node_id):
            return None
        spec = self.executions.spec(execution, node_id)
        if spec is None or spec.loops != tuple(place.loop_id for place in places(path)):
            return None
        key = node_key(path, node_id)
        record = self.executions.executions.read_many(execution.execution_id, (key,)).get(key)
        node = GraphNode(node_id, spec.node.type, spec.node.join, spec.incoming)
        return state_of(execution, node, record)

    def _asked(self, execution_id: str, state: NodeState) -> Any:
        is_asked = state.node.type == "approval" and state.status == "waiting"
        if not is_asked or state.record is None or state.record.output is None:
            return None
        return self.payloads.get(execution_id, state.record.output)

    def _waiting(self, execution_id: str, state: NodeState) -> tuple[tuple[str, str], ...]:
        record = state.record
        if record is None or not record.is_iterating:
            return ()
        within = f"{record.path}{record.node_id}["
        found = [
            gate for gate in self.gates.within(execution_id, within, MAX_WAITING) if is_own_gate(gate.gate_id)
        ]
        keys = {node_key(gate.path, gate.awaits[0]): (gate.path, gate.awaits[0]) for gate in found}
        records = self.executions.executions.read_many(execution_id, list(keys))
        return tuple(sorted(keys[key] for key, each in records.items() if each.is_asking))

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
    return Nodes(executions(), payload_store(), gate_store())
