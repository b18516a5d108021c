"""Reads the logs of executions."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache

from workflows.adapters.executions import ExecutionStore
from workflows.adapters.log_archives import ArchiveStore
from workflows.adapters.logs import LogStore
from workflows.adapters.stores import archive_store, execution_store, log_store
from workflows.domain.access import Caller, can_read_data
from workflows.domain.errors import Forbidden
from workflows.domain.execution import Execution
from workflows.domain.log_archive import Archive
from workflows.domain.log_chunk import NONE, Line
from workflows.domain.log_entry import LogEntry
from workflows.domain.times import now, parse_time
from workflows.services.access import readable
from workflows.services.cursors import bad_cursor
from workflows.services.log_cursors import LogCursor
from workflows.services.log_filters import ALL_LINES, LogFilter
from workflows.services.log_formats import entry_of, json_lines
from workflows.services.log_sources import LogSource

_PAGE_BYTES = 2_500_000
"""Of lines as JSON. Lambda answers 6 MB at most, in which the whole is JSON text once more."""

_POLL_SECONDS = 1.0
"""How often a reader who waits looks: nodes store their lines once a second."""

_FRESH_SECONDS = 86_400
"""Chunks are kept for longer than this in any case."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines to give, and how many.

    Attributes:
        offset: How many to leave out; without a cursor only.
        cursor: Where to go on, as a page before this one said.
        wait_seconds: How long to wait for lines where there is none yet.
    """

    wanted: LogFilter = ALL_LINES
    newest_first: bool = False
    offset: int = 0
    limit: int = 1000
    cursor: str | None = None
    wait_seconds: float = 0


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some lines.

    Attributes:
        total: How many lines match.
        next_cursor: Where to go on; None: there is and will be nothing more.
    """

    execution: Execution
    entries: Sequence[LogEntry]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Logs:
    executions: ExecutionStore
    store: LogStore
    archives: ArchiveStore

    def page(self, caller: Caller, execution_id: str, query: LogQuery) -> LogPage:
        """Lines in order of time; by cursors, each line once, also while more are written.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            Malformed: The cursor is not good, or not good any more.
        """
        execution = self.readable(caller, execution_id)
        context = _context(execution_id, query)
        cursor = LogCursor.from_text(query.cursor, context) if query.cursor else LogCursor()
        source = self.source(execution)
        lines, cursor = self._read(source, cursor, query)
        given = _within(lines[: query.limit], _PAGE_BYTES)
        following = self._next(execution, query, cursor, given, is_more=len(lines) > len(given))
        next_cursor = following and replace(following, version=source.version).to_text(context)
        return LogPage(execution, [entry_of(line) for line in given], cursor.total, next_cursor or None)

    def _read(self, source: LogSource, at: LogCursor, query: LogQuery) -> tuple[list[Line], LogCursor]:
        """The next lines, one more than wanted if there are, and the cursor of the round they are in."""
        _check_version(source, at)
        if at.known is not None and at.position is not None:
            # Backwards, what has come since is behind, or new.
            heads = source.all() if query.newest_first else source.restore(at.before, at.known)
            view = source.view(heads, query.wanted, from_archive=at.before == NONE)
            lines = view.page_after(at.position, newest_first=query.newest_first, limit=query.limit + 1)
            return lines, at
        deadline = time.monotonic() + query.wait_seconds
        if query.newest_first:
            # It goes no further than what there is now, however new that is.
            view = source.view(source.all(), query.wanted, from_archive=True)
            lines = view.page(newest_first=True, offset=query.offset, limit=query.limit + 1)
            return lines, replace(at, known=NONE, total=view.count())
        while True:
            heads, known = source.snapshot(at.before)
            view = source.view(heads, query.wanted, from_archive=at.before == NONE)
            count = view.count()
            left = deadline - time.monotonic()
            if count or left <= 0:
                break
            at = replace(at, before=known)
            time.sleep(min(_POLL_SECONDS, left))
        lines = view.page(newest_first=query.newest_first, offset=query.offset, limit=query.limit + 1)
        return lines, replace(at, known=known, total=at.total + count)

    def readable(self, caller: Caller, execution_id: str) -> Execution:
        """The execution, if the caller may read its logs.

        Raises:
            NotFound, Forbidden: Otherwise.
        """
        execution = readable(self.executions, caller, execution_id)
        if not can_read_data(caller, execution):
            raise Forbidden(
                "only who started an execution, its workflow's owner and admins may read its logs",
                execution_id=execution_id,
            )
        return execution

    def source(self, execution: Execution) -> LogSource:
        """Where the execution's lines are."""
        age = (parse_time(now()) - parse_time(execution.started_at)).total_seconds()
        archive = self.archives.get(execution.execution_id) if age >= _FRESH_SECONDS else None
        return LogSource.of(execution.execution_id, self.store, self.archives, archive)

    def archive(self, execution: Execution) -> Archive | None:
        """The archive that holds all lines of an execution that has ended."""
        if execution.completed_at is None:
            return None
        archive = self.archives.get(execution.execution_id)
        return archive if archive is not None and archive.covers(execution.completed_at) else None

    def latest(self, execution: Execution, limit: int) -> list[LogEntry]:
        """The last lines of the chunks written last, oldest first; each chunk has a line at least."""
        source = self.source(execution)
        view = source.view(source.latest(limit), ALL_LINES, from_archive=True)
        return [entry_of(line) for line in reversed(view.page(newest_first=True, offset=0, limit=limit))]

    def _next(
        self,
        execution: Execution,
        query: LogQuery,
        cursor: LogCursor,
        given: Sequence[Line],
        *,
        is_more: bool,
    ) -> LogCursor | None:
        """Where to go on after a page."""
        if is_more:
            return replace(cursor, position=given[-1][:3])
        if query.newest_first or cursor.known is None:
            return None
        archive = self.archive(execution)
        if archive is not None and archive.known.until <= cursor.known.until:
            return None  # All that will ever be there has been given.
        return LogCursor(before=cursor.known, total=cursor.total)


def _check_version(source: LogSource, cursor: LogCursor) -> None:
    if source.archive is None:
        return
    is_at_start = cursor == LogCursor()
    has_read_it = cursor.position is None and source.archive.known.until <= cursor.before.until
    if not is_at_start and not has_read_it and cursor.version != source.version:
        raise bad_cursor("has expired, as the log was archived meanwhile: begin again without it")


def _within(lines: Sequence[Line], limit_bytes: int) -> Sequence[Line]:
    """The first lines, at least one, that take no more than so much."""
    size = 0
    for count, text in enumerate(json_lines(lines)):
        size += len(text)
        if count and size > limit_bytes:
            return lines[:count]
    return lines


def _context(execution_id: str, query: LogQuery) -> str:
    return json.dumps(["logs", execution_id, *astuple(query.wanted), query.newest_first])


@cache
def logs() -> Logs:
    return Logs(execution_store(), log_store(), archive_store())
