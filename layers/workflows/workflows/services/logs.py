"""Reads the logs of executions, and makes files of them to download."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.object_store import Bucket
from workflows.adapters.stores import execution_store, log_store, logs_bucket
from workflows.domain.access import Caller, can_read_data, can_read_execution
from workflows.domain.errors import Forbidden, NotFound
from workflows.domain.execution import Execution
from workflows.domain.ids import new_id
from workflows.domain.log_entry import LEVELS, Level, LogEntry
from workflows.domain.times import format_time
from workflows.services.log_formats import FILE_TYPES, LogFormat

LINK_SECONDS = 900


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines; no levels: of any level, no node: of any node and of the execution itself."""

    levels: tuple[Level, ...] = ()
    node_id: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be downloaded.

    Attributes:
        expires_at: When `url` stops working, ISO 8601 UTC.
    """

    url: str
    filename: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Logs:
    executions: ExecutionStore
    store: LogStore

    def page(
        self,
        caller: Caller,
        execution_id: str,
        wanted: LogFilter,
        *,
        newest_first: bool,
        offset: int,
        limit: int,
    ) -> tuple[Execution, list[LogEntry], int]:
        """The execution, its matching lines in order of time, and how many match in all.

        Raises:
            NotFound, Forbidden: As the caller may see it.
        """
        execution = self.readable(caller, execution_id)
        entries = self.matching(execution_id, wanted)
        ordered = entries[::-1] if newest_first else entries
        return execution, ordered[offset : offset + limit], len(entries)

    def readable(self, caller: Caller, execution_id: str) -> Execution:
        """The execution, if the caller may read its logs.

        Raises:
            NotFound, Forbidden: Otherwise.
        """
        execution = self.executions.get(execution_id)
        if execution is None or not can_read_execution(caller, execution):
            raise NotFound(f"there is no execution {execution_id}")
        if not can_read_data(caller, execution):
            raise Forbidden(
                "only who started an execution, its workflow's owner and admins may read its logs",
                execution_id=execution_id,
            )
        return execution

    def matching(self, execution_id: str, wanted: LogFilter) -> list[LogEntry]:
        """All matching lines in order of time; chunks without a matching line are not read."""
        levels = frozenset(wanted.levels or LEVELS)
        heads = [
            head
            for head in self.store.heads(execution_id)
            if wanted.node_id in (None, head.node_id) and head.count(levels)
        ]
        return [entry for entry in self.store.entries(execution_id, heads) if entry.level in levels]


@dataclass(frozen=True, slots=True)
class LogDownloads:
    logs: Logs
    bucket: Bucket

    def create(self, caller: Caller, execution_id: str, log_format: LogFormat, wanted: LogFilter) -> Download:
        """Write the matching lines, as they are now, to a file and link to it.

        Raises:
            NotFound, Forbidden: As the caller may see it.
        """
        execution = self.logs.readable(caller, execution_id)
        file_type = FILE_TYPES[log_format]
        about = {"execution_id": execution_id, "workflow_id": execution.workflow_id}
        body = file_type.render(about, self.logs.matching(execution_id, wanted))
        key = f"exports/{execution_id}/{new_id()}.{file_type.extension}"
        self.bucket.put(key, body, file_type.content_type)
        filename = f"execution-{execution_id}-logs.{file_type.extension}"
        url = self.bucket.presign(
            key, filename=filename, content_type=file_type.content_type, expires_seconds=LINK_SECONDS
        )
        expires_at = datetime.now(UTC) + timedelta(seconds=LINK_SECONDS)
        return Download(url, filename, format_time(expires_at))


@cache
def logs() -> Logs:
    return Logs(execution_store(), log_store())


@cache
def log_downloads() -> LogDownloads:
    return LogDownloads(logs(), logs_bucket())
