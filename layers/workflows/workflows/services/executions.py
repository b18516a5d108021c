"""Reads executions, as their callers may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from workflows.adapters.executions import ExecutionStore, Snapshot
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import execution_store, payload_store, workflow_store
from workflows.adapters.workflows import WorkflowStore
from workflows.domain.access import Caller, can_read_data, require_execution
from workflows.domain.errors import NotFound
from workflows.domain.execution import Execution
from workflows.domain.log_entry import LogEntry
from workflows.domain.payload import Payload
from workflows.domain.times import now
from workflows.domain.transitions import later
from workflows.domain.workflow import NodeSpec
from workflows.services.access import readable
from workflows.services.logs import Logs, logs
from workflows.services.node_states import NodeState, node_states
from workflows.services.waits import wait_for_end

LATEST_LOGS = 10
SETTLING_SECONDS = 60
"""How much later than an end the last lines and records may come of what was under way."""


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """An execution as a caller may see it.

    Attributes:
        nodes: By id, in topological order; None where the caller may only see the status.
        values: `inputs` and `result`, as far as there are any and the caller may see them.
        links: For values too large for an answer: `inputs_url` and `result_url`, presigned.
        latest_logs: The last lines, oldest first.
        asked: What nodes that wait for an answer ask, by id.
    """

    execution: Execution
    nodes: Mapping[str, NodeState] | None
    values: Mapping[str, Any]
    links: Mapping[str, str]
    latest_logs: Sequence[LogEntry]
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Whether the caller will see no other view of it.

        Nodes that were under way when it was cancelled may end yet, and the last lines and records of what
        has ended come a little later.
        """
        states = (self.nodes or {}).values()
        if not self.execution.is_final or any(state.status in ("running", "waiting") for state in states):
            return False
        ends = [state.record.completed_at for state in states if state.record]
        ended_at = max(at or "" for at in (self.execution.completed_at, *ends))
        return later(ended_at, SETTLING_SECONDS) < now()


@dataclass(frozen=True, slots=True)
class Executions:
    executions: ExecutionStore
    workflows: WorkflowStore
    payloads: PayloadStore
    logs: Logs

    def wait(self, execution_id: str, seconds: float) -> bool:
        """Whether an execution has ended: answers as soon as it has, or after `seconds`."""
        return seconds > 0 and wait_for_end(self.executions, execution_id, seconds)

    def get(self, caller: Caller, execution_id: str, wait_seconds: float = 0) -> ExecutionView:
        """An execution with its nodes' states, inputs, result and latest log lines.

        Args:
            wait_seconds: How long to wait for its end before that.

        Raises:
            NotFound: There is none, or the caller may not know of it.
        """
        if wait_seconds > 0 and not readable(self.executions, caller, execution_id).is_terminal:
            self.wait(execution_id, wait_seconds)
        snapshot = self.snapshot(caller, execution_id)
        execution = snapshot.execution
        if not can_read_data(caller, execution):
            return ExecutionView(execution, None, {}, {}, ())
        nodes = self.states(snapshot)
        values: dict[str, Any] = {}
        links: dict[str, str] = {}
        self._present("inputs", execution.inputs, execution_id, values, links)
        if execution.result is not None:
            self._present("result", execution.result, execution_id, values, links)
        return ExecutionView(
            execution,
            nodes,
            values,
            links,
            self.logs.latest(execution, LATEST_LOGS),
            self._asked(execution_id, nodes),
        )

    def snapshot(self, caller: Caller, execution_id: str) -> Snapshot:
        """An execution with its nodes' records, of which the caller may see that it exists, and its status.

        Raises:
            NotFound: There is none, or the caller may not know of it.
        """
        snapshot = self.executions.read(execution_id)
        if snapshot is None:
            raise NotFound(f"there is no execution {execution_id}")
        require_execution(caller, execution_id, snapshot.execution)
        return snapshot

    def states(self, snapshot: Snapshot) -> dict[str, NodeState]:
        """The states of its nodes, and of those that clean up after it where they do."""
        execution = snapshot.execution
        graph = self.workflows.graph(execution.workflow_id, execution.version)
        states = node_states(execution, graph, snapshot.nodes)
        if execution.cleans_up:
            clean_up = self.workflows.graph(execution.workflow_id, execution.version, "clean_up")
            states |= node_states(replace(execution, status="running"), clean_up, snapshot.nodes)
        return states

    def spec(self, execution: Execution, node_id: str) -> NodeSpec | None:
        """What the workflow says of a node, of loops too."""
        return self.workflows.specs(execution.workflow_id, execution.version, (node_id,)).get(node_id)

    def _asked(self, execution_id: str, nodes: Mapping[str, NodeState]) -> dict[str, Any]:
        return {
            node_id: self.payloads.get(execution_id, state.record.output)
            for node_id, state in nodes.items()
            if state.node.type == "approval" and state.status == "waiting"
            if state.record is not None and state.record.output is not None
        }

    def _present(
        self,
        name: str,
        payload: Payload,
        execution_id: str,
        values: dict[str, Any],
        links: dict[str, str],
    ) -> None:
        if payload.storage == "object":
            links[f"{name}_url"] = self.payloads.link(
                execution_id, payload, f"execution-{execution_id}-{name}.json"
            )
        else:
            values[name] = self.payloads.get(execution_id, payload)


@cache
def executions() -> Executions:
    return Executions(execution_store(), workflow_store(), payload_store(), logs())
