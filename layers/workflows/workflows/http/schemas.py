"""Workflows, executions and nodes as callers get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.domain.execution import Status
from workflows.domain.node_record import NodeStatus
from workflows.domain.workflow import Visibility
from workflows.http.answer import Absent, Answer, Time, Url
from workflows.http.log_schemas import LogAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.domain.errors import Problem
    from workflows.domain.execution import Execution
    from workflows.domain.execution_error import ExecutionError
    from workflows.domain.node_record import NodeRecord
    from workflows.domain.workflow_record import WorkflowRecord
    from workflows.services.bulk_cancels import Cancelled
    from workflows.services.execution_lists import ListPage
    from workflows.services.executions import ExecutionView
    from workflows.services.log_downloads import Download
    from workflows.services.node_states import NodeState
    from workflows.services.nodes import FileLink, NodeView
    from workflows.services.starts import Started
    from workflows.services.workflow_lists import WorkflowPage


class ErrorAnswer(Answer):
    code: str
    message: str
    node_id: str | Absent = None

    @classmethod
    def of(cls, error: ExecutionError | None) -> ErrorAnswer | None:
        return None if error is None else cls(**error.to_item())


class WorkflowAnswer(Answer):
    workflow_id: str
    version: int
    name: str
    description: str | None
    visibility: Visibility
    owner_id: str
    created_at: Time
    updated_at: Time
    definition: Any = None

    @classmethod
    def of(cls, record: WorkflowRecord, definition: Any = None) -> WorkflowAnswer:
        answer = cls(
            workflow_id=record.workflow_id,
            version=record.version,
            name=record.name,
            description=record.description,
            visibility=record.visibility,
            owner_id=record.owner_id,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )
        return answer if definition is None else answer.model_copy(update={"definition": definition})


class WorkflowListAnswer(Answer):
    workflows: list[WorkflowAnswer]
    total: int
    limit: int
    offset: int
    next_cursor: str | None

    @classmethod
    def of(cls, page: WorkflowPage, limit: int, offset: int) -> WorkflowListAnswer:
        return cls(
            workflows=[WorkflowAnswer.of(record) for record in page.records],
            total=page.total,
            limit=limit,
            offset=offset,
            next_cursor=page.next_cursor,
        )


class StartedAnswer(Answer):
    execution_id: str
    workflow_id: str
    version: int
    status: Status
    started_at: Time
    execution_secret: str | Absent = None

    @classmethod
    def of(cls, started: Started) -> StartedAnswer:
        execution = started.execution
        answer = cls(
            execution_id=execution.execution_id,
            workflow_id=execution.workflow_id,
            version=execution.version,
            status=execution.status,
            started_at=execution.started_at,
        )
        return answer.model_copy(update=cls.secret_of(started))

    @staticmethod
    def secret_of(started: Started) -> dict[str, str]:
        """What an anonymous caller must be told, now or never."""
        return {"execution_secret": started.secret} if started.secret else {}


class ApprovalAnswer(Answer):
    """What an approval asks, and of whom; `form` is a JSON Schema of the answer's data, or null: anything."""

    message: str
    approvers: list[str]
    form: dict[str, Any] | None


class NodeAnswer(Answer):
    type: str
    status: NodeStatus
    tries: int | Absent = None
    started_at: Time | Absent = None
    completed_at: Time | Absent = None
    wakes_at: Time | Absent = None
    expires_at: Time | Absent = None
    approval: ApprovalAnswer | Absent = None
    child_execution_id: str | Absent = None
    branch: str | Absent = None
    iterations: int | Absent = None
    failed_iterations: int | Absent = None
    usage: dict[str, int] | Absent = None
    error: ErrorAnswer | Absent = None

    @classmethod
    def of(cls, state: NodeState, asked: Any = None) -> NodeAnswer:
        answer = cls(type=state.node.type, status=state.status)
        record = state.record
        if record is None:
            return answer
        known = {
            "tries": record.tries or None,
            "started_at": record.started_at,
            "completed_at": record.completed_at,
            "wakes_at": record.wakes_at,
            "expires_at": record.expires_at,
            "approval": None if asked is None else ApprovalAnswer(**asked),
            "child_execution_id": record.child_id,
            "branch": record.branch,
            "iterations": record.iterations,
            "failed_iterations": record.failed_iterations,
            "usage": record.usage,
            "error": ErrorAnswer.of(record.error),
        }
        return answer.model_copy(update={name: value for name, value in known.items() if value is not None})


class FileAnswer(Answer):
    name: str
    bytes: int
    content_type: str
    sha256: str
    url: Url

    @classmethod
    def of(cls, link: FileLink) -> FileAnswer:
        return cls(
            name=link.name,
            bytes=link.file.size_bytes,
            content_type=link.file.content_type,
            sha256=link.file.sha256,
            url=link.url,
        )


class WaitingAnswer(Answer):
    """A node in a loop that waits for an answer."""

    path: str
    node_id: str


class NodeDetailAnswer(NodeAnswer):
    """`output` is left out where there is none yet, or where `output_url` leads to it."""

    execution_id: str
    node_id: str
    path: str
    files: list[FileAnswer]
    waiting: list[WaitingAnswer] | Absent = None
    output: Any = None
    output_url: Url | Absent = None

    @classmethod
    def of_view(cls, view: NodeView) -> NodeDetailAnswer:
        answer = cls(
            **NodeAnswer.of(view.state, view.asked).model_dump(exclude_unset=True),
            execution_id=view.execution_id,
            node_id=view.node_id,
            path=view.path,
            files=[FileAnswer.of(link) for link in view.files],
        )
        waiting = [WaitingAnswer(path=path, node_id=node_id) for path, node_id in view.waiting]
        return answer.model_copy(update={**view.value, **({"waiting": waiting} if waiting else {})})


class ParentAnswer(Answer):
    """The node that executed the workflow."""

    execution_id: str
    node_id: str
    path: str


class ExecutionAnswer(Answer):
    """What the caller may not see is left out: those who may see the status alone get the required fields."""

    execution_id: str
    workflow_id: str
    version: int
    status: Status
    started_at: Time
    completed_at: Time | None
    cancelled_at: Time | None
    paused_at: Time | None
    attempt: int
    user_id: str | None = None
    labels: list[str] | Absent = None
    replay_of: str | Absent = None
    parent: ParentAnswer | Absent = None
    current_nodes: list[str] | Absent = None
    nodes: dict[str, NodeAnswer] | Absent = None
    inputs: Any = None
    inputs_url: Url | Absent = None
    result: Any = None
    result_url: Url | Absent = None
    error: ErrorAnswer | None = None
    latest_logs: list[LogAnswer] | Absent = None

    @classmethod
    def of(cls, view: ExecutionView) -> ExecutionAnswer:
        execution = view.execution
        answer = cls(
            execution_id=execution.execution_id,
            workflow_id=execution.workflow_id,
            version=execution.version,
            status=execution.status,
            started_at=execution.started_at,
            completed_at=execution.completed_at,
            cancelled_at=execution.cancelled_at,
            paused_at=execution.paused_at,
            attempt=execution.attempt,
        )
        if view.nodes is None:
            return answer
        shown: dict[str, Any] = {
            "user_id": execution.user_id,
            "labels": list(execution.labels),
            "current_nodes": [id_ for id_, s in view.nodes.items() if s.status in ("running", "waiting")],
            "nodes": {id_: NodeAnswer.of(state, view.asked.get(id_)) for id_, state in view.nodes.items()},
            "error": ErrorAnswer.of(execution.error),
            "latest_logs": [LogAnswer.of(entry) for entry in view.latest_logs],
            **view.values,
            **view.links,
        }
        if execution.replay_of:
            shown["replay_of"] = execution.replay_of
        if execution.parent:
            shown["parent"] = ParentAnswer(**execution.parent.to_item())
        return answer.model_copy(update=shown)


class EndedAnswer(ExecutionAnswer):
    """Of an execution that has ended while its caller waited; with the secret, if there is one."""

    execution_secret: str | Absent = None


class StatusAnswer(Answer):
    execution_id: str
    status: Status
    attempt: int
    paused_at: Time | None

    @classmethod
    def of(cls, execution: Execution) -> StatusAnswer:
        return cls(
            execution_id=execution.execution_id,
            status=execution.status,
            attempt=execution.attempt,
            paused_at=execution.paused_at,
        )


class CancelledAnswer(Answer):
    execution_id: str
    status: Status
    cancelled_at: Time | None

    @classmethod
    def of(cls, execution: Execution) -> CancelledAnswer:
        return cls(
            execution_id=execution.execution_id,
            status=execution.status,
            cancelled_at=execution.cancelled_at,
        )


class CompletedNodeAnswer(Answer):
    execution_id: str
    node_id: str
    status: NodeStatus
    decision: str | None
    completed_at: Time | None

    @classmethod
    def of(cls, record: NodeRecord) -> CompletedNodeAnswer:
        return cls(
            execution_id=record.execution_id,
            node_id=f"{record.path}{record.node_id}",
            status=record.status,
            decision=record.branch,
            completed_at=record.completed_at,
        )


class ReportAnswer(Answer):
    report_url: Url
    filename: str
    expires_at: Time

    @classmethod
    def of(cls, report: Download) -> ReportAnswer:
        return cls(report_url=report.url, filename=report.filename, expires_at=report.expires_at)


class ProblemAnswer(Answer):
    pointer: str
    detail: str


class ValidationAnswer(Answer):
    valid: bool
    errors: list[ProblemAnswer]

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> ValidationAnswer:
        errors = [ProblemAnswer(pointer=problem.pointer, detail=problem.detail) for problem in problems]
        return cls(valid=not errors, errors=errors)


class ExecutionSummary(Answer):
    execution_id: str
    workflow_id: str
    status: Status
    started_at: Time
    completed_at: Time | None

    @classmethod
    def of(cls, item: dict[str, Any]) -> ExecutionSummary:
        return cls(
            execution_id=item["execution_id"],
            workflow_id=item["workflow_id"],
            status=item["status"],
            started_at=item["started_at"],
            completed_at=item.get("completed_at"),
        )


class ExecutionListAnswer(Answer):
    executions: list[ExecutionSummary]
    total: int
    limit: int
    offset: int
    next_cursor: str | None

    @classmethod
    def of(cls, page: ListPage, limit: int, offset: int) -> ExecutionListAnswer:
        return cls(
            executions=[ExecutionSummary.of(item) for item in page.items],
            total=page.total,
            limit=limit,
            offset=offset,
            next_cursor=page.next_cursor,
        )


class BulkCancelAnswer(Answer):
    """`more`: some are left, as the time was up."""

    cancelled: int
    ended: int
    more: bool

    @classmethod
    def of(cls, done: Cancelled) -> BulkCancelAnswer:
        return cls(cancelled=done.cancelled, ended=done.ended, more=done.more)
