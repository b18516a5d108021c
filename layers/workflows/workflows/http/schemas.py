"""Bodies as callers get them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workflows.domain.errors import Problem
from workflows.domain.execution import Execution, ExecutionError, NodeRecord, NodeStatus, Status
from workflows.domain.log_entry import Level, LogEntry
from workflows.domain.token import Token
from workflows.domain.user import User, UserRole, UserTier
from workflows.domain.workflow import Visibility
from workflows.domain.workflow_record import WorkflowRecord
from workflows.http.answer import Answer
from workflows.services.executions import ExecutionView
from workflows.services.log_downloads import Download
from workflows.services.node_states import NodeState
from workflows.services.nodes import FileLink, NodeView
from workflows.services.starts import Started
from workflows.services.statistics import Statistics
from workflows.services.tokens import NewToken

if TYPE_CHECKING:
    from workflows.services.graphs import WorkflowGraph


class ErrorAnswer(Answer):
    code: str
    message: str
    node_id: str | None = None

    @classmethod
    def of(cls, error: ExecutionError | None) -> ErrorAnswer | None:
        return None if error is None else cls(**error.to_item())


class LogAnswer(Answer):
    timestamp: str
    level: Level
    node_id: str | None
    message: str
    fields: dict[str, Any] | None = None

    @classmethod
    def of(cls, entry: LogEntry) -> LogAnswer:
        return cls(**entry.to_json())


class WorkflowAnswer(Answer):
    workflow_id: str
    version: int
    name: str
    description: str | None
    visibility: Visibility
    owner_id: str
    created_at: str
    updated_at: str
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


class StartedAnswer(Answer):
    execution_id: str
    workflow_id: str
    version: int
    status: Status
    started_at: str
    execution_secret: str | None = None

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


class NodeAnswer(Answer):
    type: str
    status: NodeStatus
    tries: int | None = None
    started_at: str | None = None
    completed_at: str | None = None
    wakes_at: str | None = None
    expires_at: str | None = None
    approval: Any = None
    child_execution_id: str | None = None
    branch: str | None = None
    iterations: int | None = None
    failed_iterations: int | None = None
    usage: dict[str, int] | None = None
    error: ErrorAnswer | None = None

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
            "approval": asked,
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
    url: str

    @classmethod
    def of(cls, link: FileLink) -> FileAnswer:
        return cls(
            name=link.name,
            bytes=link.file.size_bytes,
            content_type=link.file.content_type,
            sha256=link.file.sha256,
            url=link.url,
        )


class NodeDetailAnswer(NodeAnswer):
    """`output` is left out where there is none yet, or where `output_url` leads to it."""

    execution_id: str
    node_id: str
    path: str
    files: list[FileAnswer]
    waiting: list[dict[str, str]] | None = None
    output: Any = None
    output_url: str | None = None

    @classmethod
    def of_view(cls, view: NodeView) -> NodeDetailAnswer:
        answer = cls(
            **NodeAnswer.of(view.state, view.asked).model_dump(exclude_unset=True),
            execution_id=view.execution_id,
            node_id=view.node_id,
            path=view.path,
            files=[FileAnswer.of(link) for link in view.files],
        )
        waiting = [{"path": path, "node_id": node_id} for path, node_id in view.waiting]
        return answer.model_copy(update={**view.value, **({"waiting": waiting} if waiting else {})})


class ExecutionAnswer(Answer):
    """What the caller may not see is left out: with the status alone, all from `attempt` on."""

    execution_id: str
    workflow_id: str
    version: int
    status: Status
    started_at: str
    completed_at: str | None
    cancelled_at: str | None
    paused_at: str | None
    attempt: int
    user_id: str | None = None
    labels: list[str] | None = None
    replay_of: str | None = None
    parent: dict[str, str] | None = None
    current_nodes: list[str] | None = None
    nodes: dict[str, NodeAnswer] | None = None
    inputs: Any = None
    inputs_url: str | None = None
    result: Any = None
    result_url: str | None = None
    error: ErrorAnswer | None = None
    latest_logs: list[LogAnswer] | None = None

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
            shown["parent"] = execution.parent.to_item()
        return answer.model_copy(update=shown)


class StatusAnswer(Answer):
    execution_id: str
    status: Status
    attempt: int
    paused_at: str | None

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
    cancelled_at: str | None

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
    completed_at: str | None

    @classmethod
    def of(cls, record: NodeRecord) -> CompletedNodeAnswer:
        return cls(
            execution_id=record.execution_id,
            node_id=f"{record.path}{record.node_id}",
            status=record.status,
            decision=record.branch,
            completed_at=record.completed_at,
        )


class DownloadAnswer(Answer):
    download_url: str
    filename: str
    expires_at: str

    @classmethod
    def of(cls, download: Download) -> DownloadAnswer:
        return cls(download_url=download.url, filename=download.filename, expires_at=download.expires_at)


class ReportAnswer(Answer):
    report_url: str
    filename: str
    expires_at: str

    @classmethod
    def of(cls, report: Download) -> ReportAnswer:
        return cls(report_url=report.url, filename=report.filename, expires_at=report.expires_at)


class GraphAnswer(Answer):
    """Where all is in a drawing, in pixels from its left upper corner; each loop before the nodes in it."""

    workflow_id: str
    version: int
    width: float
    height: float
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]

    @classmethod
    def of(cls, graph: WorkflowGraph) -> GraphAnswer:
        return cls(workflow_id=graph.workflow_id, version=graph.version, **graph.layout())


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


class StatisticsAnswer(Answer):
    """`duration` is of executions that completed: seconds from acceptance to end."""

    started: int
    completed: int
    failed: int
    cancelled: int
    success_rate: float | None
    duration: dict[str, float | None]

    @classmethod
    def of(cls, statistics: Statistics) -> StatisticsAnswer:
        return cls(
            started=statistics.started,
            completed=statistics.completed,
            failed=statistics.failed,
            cancelled=statistics.cancelled,
            success_rate=_rounded(statistics.success_rate, 4),
            duration={
                "mean": _rounded(statistics.mean_seconds, 3),
                "p50": _rounded(statistics.percentile_seconds(0.5), 3),
                "p95": _rounded(statistics.percentile_seconds(0.95), 3),
            },
        )


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


class ExecutionSummary(Answer):
    execution_id: str
    workflow_id: str
    status: Status
    started_at: str
    completed_at: str | None

    @classmethod
    def of(cls, item: dict[str, Any]) -> ExecutionSummary:
        return cls(
            execution_id=item["execution_id"],
            workflow_id=item["workflow_id"],
            status=item["status"],
            started_at=item["started_at"],
            completed_at=item.get("completed_at"),
        )


class TokenAnswer(Answer):
    """`token` is its text, in the answer to its making alone."""

    token_id: str
    name: str
    created_at: str
    expires_at: str | None
    last_used_on: str | None
    token: str | None = None

    @classmethod
    def of(cls, token: Token) -> TokenAnswer:
        return cls(
            token_id=token.token_id,
            name=token.name,
            created_at=token.created_at,
            expires_at=token.valid_until,
            last_used_on=token.last_used_on,
        )

    @classmethod
    def of_new(cls, new: NewToken) -> TokenAnswer:
        return cls.of(new.token).model_copy(update={"token": str(new.text)})


class UserAnswer(Answer):
    user_id: str
    role: UserRole
    tier: UserTier
    created_at: str
    tokens: list[TokenAnswer] | None = None

    @classmethod
    def of(cls, user: User, tokens: Sequence[Token] | None = None) -> UserAnswer:
        answer = cls(user_id=user.user_id, role=user.role, tier=user.tier, created_at=user.created_at)
        if tokens is None:
            return answer
        return answer.model_copy(update={"tokens": [TokenAnswer.of(token) for token in tokens]})
