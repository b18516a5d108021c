"""Bodies and query parameters, as callers send them and as they get them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from workflows.domain.errors import Problem
from workflows.domain.execution import Execution, ExecutionError, NodeStatus, Status
from workflows.domain.log_archive import LogFormat
from workflows.domain.log_entry import LEVELS, Level, LogEntry
from workflows.domain.times import first_millisecond, parse_time
from workflows.domain.webhook import url_fault
from workflows.domain.workflow import Visibility
from workflows.domain.workflow_names import MAX_PREFIX_CHARACTERS
from workflows.domain.workflow_record import WorkflowRecord
from workflows.http.answer import Answer
from workflows.services.executions import ExecutionView
from workflows.services.log_downloads import Download
from workflows.services.log_filters import LogFilter
from workflows.services.node_states import NodeState
from workflows.services.starts import Started
from workflows.services.statistics import Statistics

MAX_OFFSET = 10_000
MAX_LOGS_OFFSET = 100_000_000
MAX_WAIT_SECONDS = 25
"""API Gateway's time-out is 29 s."""
MAX_LABELS = 5
"""A change of status is counted in the lists of all of them in one transaction."""
MAX_VERSION = 999_999
"""Versions sort as text of six digits."""

Label = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.:=/@ -]+$")]
NodeId = Annotated[str, Field(min_length=1, max_length=64)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Cursor = Annotated[str, Field(min_length=1, max_length=8_000)]


def _time(text: str) -> str:
    parse_time(text)
    return text


Time = Annotated[str, Field(max_length=40), AfterValidator(_time)]
"""ISO 8601 with an offset."""


def _webhook_url(url: str) -> str:
    if fault := url_fault(url):
        raise ValueError(f"it {fault}")
    return url


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


def _within_reach(offset: int) -> int:
    if offset > MAX_OFFSET:
        raise ValueError(f"it is at most {MAX_OFFSET}: go on by cursor, each time the next_cursor of a page")
    return offset


def _stands_alone(cursor: str | None, info: ValidationInfo) -> str | None:
    if cursor is not None and info.data.get("offset"):
        raise ValueError("it says where to go on, and so does offset: give one of them")
    return cursor


class Page(Request):
    limit: int = Field(50, ge=1, le=100)
    offset: Annotated[int, Field(ge=0), AfterValidator(_within_reach)] = 0
    cursor: Annotated[Cursor | None, AfterValidator(_stands_alone)] = None


class ListWorkflowsQuery(Page):
    visibility: Literal["public"] | None = None
    name: str | None = Field(None, min_length=1, max_length=MAX_PREFIX_CHARACTERS)
    order: Literal["asc", "desc"] | None = None

    @property
    def descending(self) -> bool:
        """As asked for; else by name from A to Z, and the newest first without a name."""
        return self.order == "desc" if self.order else self.name is None


class Period(Request):
    started_after: Time | None = None
    started_before: Time | None = None

    @property
    def since(self) -> int | None:
        """From when on, in Unix milliseconds."""
        return first_millisecond(self.started_after) if self.started_after else None

    @property
    def before(self) -> int | None:
        """Before when, in Unix milliseconds."""
        return first_millisecond(self.started_before) if self.started_before else None


class ListExecutionsQuery(Page, Period):
    workflow_id: Id | None = None
    user_id: Id | None = None
    label: Label | None = None
    status: list[Status] = Field(default=[], max_length=6)
    order: Literal["desc", "asc"] = "desc"


class StatisticsQuery(Period):
    workflow_id: Id | None = None
    user_id: Id | None = None
    period: Literal["hour", "day"] = "day"


class LogLinesQuery(Period):
    level: list[Level] = Field(default=[], max_length=4)
    node_id: NodeId | None = None
    q: str | None = Field(None, min_length=1, max_length=256)

    def wanted(self) -> LogFilter:
        return LogFilter(
            levels=tuple(level for level in LEVELS if level in self.level),
            node_id=self.node_id,
            text=self.q,
            since=self.since,
            before=self.before,
        )


class ListLogsQuery(LogLinesQuery):
    order: Literal["asc", "desc"] = "asc"
    limit: int = Field(1000, ge=1, le=10_000)
    offset: int = Field(0, ge=0, le=MAX_LOGS_OFFSET)
    cursor: Annotated[Cursor | None, AfterValidator(_stands_alone)] = None
    wait_seconds: float = Field(0, ge=0, le=MAX_WAIT_SECONDS)


class DownloadLogsQuery(LogLinesQuery):
    format: LogFormat = "text"


class WaitQuery(Request):
    wait_seconds: float = Field(0, ge=0, le=MAX_WAIT_SECONDS)


class CancelExecutionsBody(Request):
    workflow_id: Id | None = None
    user_id: Id | None = None
    status: list[Literal["pending", "running", "paused"]] = Field(default=[], max_length=3)


class ReplayBody(Request):
    inputs: dict[str, Any] | None = None


class ExecuteBody(Request):
    inputs: dict[str, Any] = {}
    webhook_url: Annotated[str, AfterValidator(_webhook_url)] | None = None
    labels: list[Label] = Field(default=[], max_length=MAX_LABELS)
    version: Annotated[int, Field(strict=True, ge=1, le=MAX_VERSION)] | None = None


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
    branch: str | None = None
    error: ErrorAnswer | None = None

    @classmethod
    def of(cls, state: NodeState) -> NodeAnswer:
        answer = cls(type=state.node.type, status=state.status)
        record = state.record
        if record is None:
            return answer
        known = {
            "tries": record.tries or None,
            "started_at": record.started_at,
            "completed_at": record.completed_at,
            "wakes_at": record.wakes_at,
            "branch": record.branch,
            "error": ErrorAnswer.of(record.error),
        }
        return answer.model_copy(update={name: value for name, value in known.items() if value is not None})


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
            "nodes": {id_: NodeAnswer.of(state) for id_, state in view.nodes.items()},
            "error": ErrorAnswer.of(execution.error),
            "latest_logs": [LogAnswer.of(entry) for entry in view.latest_logs],
            **view.values,
            **view.links,
        }
        if execution.replay_of:
            shown["replay_of"] = execution.replay_of
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


class DownloadAnswer(Answer):
    download_url: str
    filename: str
    expires_at: str

    @classmethod
    def of(cls, download: Download) -> DownloadAnswer:
        return cls(download_url=download.url, filename=download.filename, expires_at=download.expires_at)


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
