"""Query parameters and bodies, as callers send them.

What validators of ours and services check, `json_schema_extra` tells callers, as far as a schema can.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from workflows.domain.approval import Decision
from workflows.domain.execution import Status
from workflows.domain.log_archive import LogFormat
from workflows.domain.log_entry import LEVELS, Level
from workflows.domain.loop import MAX_PATH_CHARACTERS, PATH_PATTERN
from workflows.domain.secret import MAX_VALUE_BYTES, VALUE_PATTERN
from workflows.domain.times import first_millisecond, parse_time
from workflows.domain.user import ID_PATTERN, UserRole, UserTier, is_user_id
from workflows.domain.webhook import MAX_URL_CHARACTERS, url_fault
from workflows.domain.workflow_names import MAX_PREFIX_CHARACTERS
from workflows.services.log_filters import LogFilter

MAX_OFFSET = 10_000
MAX_LOGS_OFFSET = 100_000_000
MAX_WAIT_SECONDS = 25
"""API Gateway's time-out is 29 s."""
MAX_USER_ID = 256
"""Those of an identity provider are longer than ours."""
MAX_TOKEN_DAYS = 366
MAX_LABELS = 5
"""A change of status is counted in the lists of all of them in one transaction."""
MAX_VERSION = 999_999
"""Versions sort as text of six digits."""

Label = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.:=/@ -]+$")]
NodeId = Annotated[str, Field(min_length=1, max_length=64)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
UserId = Annotated[str, Field(min_length=1, max_length=MAX_USER_ID)]
Cursor = Annotated[str, Field(min_length=1, max_length=8_000)]


def _time(text: str) -> str:
    parse_time(text)
    return text


Time = Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_time)]
"""ISO 8601 with an offset."""


def _webhook_url(url: str) -> str:
    if fault := url_fault(url):
        raise ValueError(f"it {fault}")
    return url


WebhookUrl = Annotated[
    str,
    AfterValidator(_webhook_url),
    Field(json_schema_extra={"format": "uri", "pattern": "^https?://", "maxLength": MAX_URL_CHARACTERS}),
]
LoopPath = Annotated[
    str, Field(json_schema_extra={"pattern": f"^{PATH_PATTERN}$", "maxLength": MAX_PATH_CHARACTERS})
]


def _whole(number: Any) -> Any:
    return int(number) if isinstance(number, float) and number.is_integer() else number


ALSO_AS_FLOAT = BeforeValidator(_whole)
"""JSON Schema takes 2.0 for a whole number."""


class Request(BaseModel):
    # As with answers, a function uses few of the models that it imports.
    model_config = ConfigDict(extra="forbid", strict=False, defer_build=True)


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
    offset: Annotated[
        int, Field(ge=0, json_schema_extra={"maximum": MAX_OFFSET}), AfterValidator(_within_reach)
    ] = 0
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
    user_id: UserId | None = None
    label: Label | None = None
    status: list[Status] = Field(default=[], max_length=6)
    order: Literal["desc", "asc"] = "desc"


class StatisticsQuery(Period):
    workflow_id: Id | None = None
    user_id: UserId | None = None
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


class GraphQuery(Request):
    format: Literal["svg", "mermaid", "json"] | None = None
    version: int | None = Field(None, ge=1, le=MAX_VERSION)


class WaitQuery(Request):
    wait_seconds: float = Field(0, ge=0, le=MAX_WAIT_SECONDS)


class CancelExecutionsBody(Request):
    workflow_id: Id | None = None
    user_id: UserId | None = None
    status: list[Literal["pending", "running", "paused"]] = Field(default=[], max_length=3)


class ReplayBody(Request):
    inputs: dict[str, Any] | None = None


class ExecuteBody(Request):
    inputs: dict[str, Any] = {}
    webhook_url: WebhookUrl | None = None
    labels: list[Label] = Field(default=[], max_length=MAX_LABELS)
    version: Annotated[int, Field(strict=True, ge=1, le=MAX_VERSION), ALSO_AS_FLOAT] | None = None


class ListUsersQuery(Request):
    limit: int = Field(50, ge=1, le=100)
    cursor: Cursor | None = None


def _user_id(text: str) -> str:
    if not is_user_id(text):
        raise ValueError("it is 1 to 64 of a-z, 0-9, and between them . _ @ + -")
    return text


class CreateUserBody(Request):
    user_id: Annotated[str, AfterValidator(_user_id), Field(json_schema_extra={"pattern": f"^{ID_PATTERN}$"})]
    role: UserRole = "user"
    tier: UserTier = "standard"


class NodeQuery(Request):
    path: LoopPath = ""


class CompleteNodeBody(Request):
    decision: Decision
    data: Any = None
    path: LoopPath = ""


class PutSecretBody(Request):
    value: Annotated[
        str,
        Field(repr=False, json_schema_extra={"pattern": VALUE_PATTERN, "maxLength": MAX_VALUE_BYTES}),
    ]


class CreateTokenBody(Request):
    name: Annotated[str, Field(min_length=1, max_length=64)]
    expires_in_days: Annotated[int, Field(strict=True, ge=1, le=MAX_TOKEN_DAYS), ALSO_AS_FLOAT] = 90
