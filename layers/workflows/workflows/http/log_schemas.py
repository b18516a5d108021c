"""Logs as callers get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.domain.log_entry import Level
from workflows.http.answer import Absent, Answer, Time, Url

if TYPE_CHECKING:
    from workflows.domain.log_entry import LogEntry
    from workflows.services.log_downloads import Download
    from workflows.services.log_pages import LogQuery
    from workflows.services.logs import LogPage


class LogAnswer(Answer):
    timestamp: Time
    level: Level
    node_id: str | None
    message: str
    fields: dict[str, Any] | Absent = None

    @classmethod
    def of(cls, entry: LogEntry) -> LogAnswer:
        return cls(**entry.to_json())


class LogListAnswer(Answer):
    execution_id: str
    workflow_id: str
    total_logs: int
    logs: list[LogAnswer]
    limit: int
    offset: int
    next_cursor: str | None

    @classmethod
    def of(cls, page: LogPage, query: LogQuery) -> LogListAnswer:
        return cls(
            execution_id=page.execution.execution_id,
            workflow_id=page.execution.workflow_id,
            total_logs=page.total,
            logs=[LogAnswer.of(entry) for entry in page.entries],
            limit=query.limit,
            offset=query.offset,
            next_cursor=page.next_cursor,
        )


class DownloadAnswer(Answer):
    download_url: Url
    filename: str
    expires_at: Time

    @classmethod
    def of(cls, download: Download) -> DownloadAnswer:
        return cls(download_url=download.url, filename=download.filename, expires_at=download.expires_at)
