"""Reads and lists executions, as their callers may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from workflows.adapters.executions import (
    ExecutionStore,
    Scope,
    all_executions,
    executions_of_user,
    executions_of_user_and_workflow,
    executions_of_workflow,
    public_executions_of_workflow,
)
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import execution_store, payload_store, workflow_store
from workflows.adapters.workflows import WorkflowStore
from workflows.domain.access import Caller, can_change_workflow, can_read_data, can_read_execution
from workflows.domain.errors import Forbidden, NotFound, Unauthenticated
from workflows.domain.execution import Execution, Status
from workflows.domain.log_entry import LogEntry
from workflows.domain.payload import Payload
from workflows.services.access import readable
from workflows.services.logs import Logs, logs
from workflows.services.node_states import NodeState, node_states
from workflows.services.waits import wait_for_end

LATEST_LOGS = 10


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """An execution as a caller may see it.

    Attributes:
        nodes: By id, in topological order; None where the caller may only see the status.
        values: `inputs` and `result`, as far as there are any and the caller may see them.
        links: For values too large for an answer: `inputs_url` and `result_url`, presigned.
        latest_logs: The last lines, oldest first.
    """

    execution: Execution
    nodes: Mapping[str, NodeState] | None
    values: Mapping[str, Any]
    links: Mapping[str, str]
    latest_logs: Sequence[LogEntry]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which executions to list; None: any that the caller may see."""

    workflow_id: str | None = None
    user_id: str | None = None
    statuses: tuple[Status, ...] = ()
    newest_first: bool = True


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
        snapshot = self.executions.read(execution_id)
        if snapshot is None or not can_read_execution(caller, snapshot.execution):
            raise NotFound(f"there is no execution {execution_id}")
        execution = snapshot.execution
        if not can_read_data(caller, execution):
            return ExecutionView(execution, None, {}, {}, ())
        nodes = node_states(
            execution, self.workflows.graph(execution.workflow_id, execution.version), snapshot.nodes
        )
        if execution.cleans_up:
            clean_up = self.workflows.graph(execution.workflow_id, execution.version, "clean_up")
            nodes |= node_states(replace(execution, status="running"), clean_up, snapshot.nodes)
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
        )

    def page(
        self, caller: Caller, wanted: ListFilter, offset: int, limit: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Summaries by time of acceptance, at most `limit`, and how many there are in all.

        Users see their own executions; of one workflow, those that its owner or the public may see.

        Raises:
            NotFound: The workflow does not exist, or the caller may not know of it.
            Unauthenticated: An anonymous caller must name a public workflow.
            Forbidden: Only admins may ask for another user's.
        """
        scope = self.scope(caller, wanted)
        items = self.executions.page(
            scope, wanted.statuses, newest_first=wanted.newest_first, offset=offset, limit=limit
        )
        return items, self.executions.count(scope, wanted.statuses)

    def scope(self, caller: Caller, wanted: ListFilter) -> Scope:
        """The list that a filter means to a caller; errors as for `page`."""
        user_id = wanted.user_id
        if user_id is not None and not caller.is_admin and user_id != caller.user_id:
            raise Forbidden("only admins may list another user's executions")
        if wanted.workflow_id is None:
            if user_id is None and caller.is_admin:
                return all_executions()
            if caller.user_id is None:
                raise Unauthenticated("listing executions needs a bearer token, or a public workflow_id")
            return executions_of_user(user_id or caller.user_id)
        if user_id is not None:
            return executions_of_user_and_workflow(user_id, wanted.workflow_id)
        return self._workflow_scope(caller, wanted.workflow_id)

    def _workflow_scope(self, caller: Caller, workflow_id: str) -> Scope:
        if caller.is_admin:
            return executions_of_workflow(workflow_id)
        workflow = self.workflows.current(workflow_id)
        if workflow is not None and can_change_workflow(caller, workflow.owner_id):
            return executions_of_workflow(workflow_id)
        if workflow is not None and workflow.visibility == "public":
            return public_executions_of_workflow(workflow_id)
        if caller.user_id is None:
            raise NotFound(f"there is no workflow {workflow_id}")
        # Own executions stay in reach when a workflow became private or was deleted.
        return executions_of_user_and_workflow(caller.user_id, workflow_id)

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
