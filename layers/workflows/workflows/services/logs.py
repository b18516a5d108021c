"""Reads the logs of executions."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from typing import TypeVar

from workflows.adapters.executions import ExecutionStore
from workflows.adapters.log_archives import ArchiveStore
from workflows.adapters.logs import LogStore
from workflows.adapters.object_store import NoSuchObject
from workflows.adapters.stores import archive_store, execution_store, log_store
from workflows.domain.access import Caller, require_data
from workflows.domain.execution import Execution
from workflows.domain.log_archive import LONGEST_NODE_SECONDS, Archive
from workflows.domain.log_entry import LogEntry
from workflows.domain.times import now, parse_time
from workflows.domain.transitions import later
from workflows.services.access import readable
from workflows.services.log_cursors import LogCursor
from workflows.services.log_filters import ALL_LINES
from workflows.services.log_formats import entry_of
from workflows.services.log_pages import LogQuery, Taken, backwards, check_version, further, of_new_round
from workflows.services.log_sources import LogSource

_POLL_SECONDS = 1.0
"""How often a reader who waits looks: nodes store their lines once a second."""

_FRESH_SECONDS = 86_400
"""Chunks are kept for longer than this in any case."""


T = TypeVar("T")


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

        def reading(source: LogSource) -> LogPage:
            taken, at = self._take(execution, source, cursor, query)
            following = self._following(execution, taken, at, query)
            text = replace(following, version=source.version).to_text(context) if following else None
            return LogPage(execution, [entry_of(line) for line in taken.lines], at.total, text)

        return self.read(execution, reading)

    def read(self, execution: Execution, reading: Callable[[LogSource], T]) -> T:
        """What `reading` makes of an execution's log; of what is left, where its archive's files are gone."""
        source = self._source(execution)
        try:
            return reading(source)
        except NoSuchObject as error:
            line = {"level": "ERROR", "message": "archive of a log not found", "object": str(error)}
            sys.stdout.write(json.dumps({**line, "execution_id": execution.execution_id}) + "\n")
            return reading(source.without_archive())

    def readable(self, caller: Caller, execution_id: str) -> Execution:
        """The execution, if the caller may read its logs.

        Raises:
            NotFound, Forbidden: Otherwise.
        """
        execution = readable(self.executions, caller, execution_id)
        require_data(caller, execution, "read its logs")
        return execution

    def archive(self, execution: Execution) -> Archive | None:
        """The archive that holds all lines of an execution that has ended."""
        if execution.completed_at is None:
            return None
        archive = self.archives.get(execution.execution_id)
        return archive if archive is not None and archive.covers(execution.completed_at) else None

    def latest(self, execution: Execution, limit: int) -> list[LogEntry]:
        """The last lines of the chunks written last, oldest first; each chunk has a line at least."""

        def reading(source: LogSource) -> list[LogEntry]:
            view = source.view(source.latest(limit), ALL_LINES, from_archive=True)
            newest = [entry_of(line) for line in view.page(newest_first=True, offset=0, limit=limit)]
            return newest[::-1]

        return self.read(execution, reading)

    def _source(self, execution: Execution) -> LogSource:
        """Where the execution's lines are."""
        age = (parse_time(now()) - parse_time(execution.started_at)).total_seconds()
        archive = self.archives.get(execution.execution_id) if age >= _FRESH_SECONDS else None
        return LogSource.of(execution.execution_id, self.store, self.archives, archive)

    def _take(
        self, execution: Execution, source: LogSource, at: LogCursor, query: LogQuery
    ) -> tuple[Taken, LogCursor]:
        check_version(source, at)
        if query.newest_first:
            return backwards(source, at, query)
        if at.position is not None:
            return further(source, at, at.position, query), at
        deadline = time.monotonic() + query.wait_seconds
        while True:
            taken, cursor = of_new_round(source, at, query)
            left = deadline - time.monotonic()
            if cursor.total > at.counted or left <= 0 or self._is_over(execution, cursor):
                return taken, cursor
            at = cursor.next_round()
            time.sleep(min(_POLL_SECONDS, left))

    def _following(
        self, execution: Execution, taken: Taken, at: LogCursor, query: LogQuery
    ) -> LogCursor | None:
        if taken.is_more:
            return replace(at, position=taken.lines[-1][:3])
        if query.newest_first or self._is_over(execution, at):
            return None
        return at.next_round()

    def _is_over(self, execution: Execution, cursor: LogCursor) -> bool:
        """Whether the rounds until this one's end hold all lines that there will ever be."""
        if execution.completed_at is None or execution.is_cleaning_up or cursor.known is None:
            return False
        if later(execution.completed_at, LONGEST_NODE_SECONDS) <= cursor.known.until:
            return True
        archive = self.archive(execution)
        return archive is not None and archive.known.until <= cursor.known.until


def _context(execution_id: str, query: LogQuery) -> str:
    return json.dumps(["logs", execution_id, *astuple(query.wanted), query.newest_first])


@cache
def logs() -> Logs:
    return Logs(execution_store(), log_store(), archive_store())
