"""Pages of a log, and the cursors from each to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workflows.domain.log_chunk import NONE, Line
from workflows.services.cursors import bad_cursor
from workflows.services.log_cursors import LogCursor
from workflows.services.log_filters import ALL_LINES, LogFilter
from workflows.services.log_formats import json_lines
from workflows.services.log_sources import LogSource, Snapshot
from workflows.services.log_views import Position

_PAGE_BYTES = 2_500_000
"""Of lines as JSON. Lambda answers 6 MB at most, in which the whole is JSON text once more."""


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
class Taken:
    """The lines of a page.

    Attributes:
        is_more: Whether there are more that can be gone on to from the last of these.
    """

    lines: Sequence[Line]
    is_more: bool


def backwards(source: LogSource, at: LogCursor, query: LogQuery) -> tuple[Taken, LogCursor]:
    """The newest lines, or those before a position; what has come since then is not gone back for."""
    view = source.view(source.all(), query.wanted, from_archive=True)
    if at.position is not None:
        lines = view.page_after(at.position, newest_first=True, limit=query.limit + 1)
        return _take(lines, query.limit), at
    lines = view.page(newest_first=True, offset=query.offset, limit=query.limit + 1)
    return _take(lines, query.limit), replace(at, total=view.count())


def further(source: LogSource, at: LogCursor, position: Position, query: LogQuery) -> Taken:
    """Lines after a position, of the round that it is in."""
    heads = source.restore(at.before, at.known or NONE)
    view = source.view(heads, query.wanted, from_archive=at.before == NONE)
    return _take(view.page_after(position, newest_first=False, limit=query.limit + 1), query.limit)


def of_new_round(source: LogSource, at: LogCursor, query: LogQuery) -> tuple[Taken, LogCursor]:
    """The first lines of a round, and the cursor of that."""
    snapshot = source.snapshot(at.before)
    is_first = at.before == NONE
    view = source.view([*snapshot.heads, *snapshot.excess], query.wanted, from_archive=is_first)
    count, lines = view.count_and_page(offset=query.offset, limit=query.limit + 1)
    taken = _take(lines, query.limit)
    excess = 0
    if snapshot.excess:
        excess = source.view(snapshot.excess, query.wanted, from_archive=False).count()
        taken = _nameable(taken, source, snapshot, query, is_first)
    total = at.counted + count
    return taken, replace(at, known=snapshot.known, total=total, excess=excess)


def check_version(source: LogSource, cursor: LogCursor) -> None:
    """See to it that a cursor's position means something where lines are read from now.

    Raises:
        Malformed: It does not.
    """
    if source.archive is None:
        return
    is_at_start = cursor == LogCursor()
    has_read_it = cursor.position is None and source.archive.known.until <= cursor.before.until
    if not is_at_start and not has_read_it and cursor.version != source.version:
        raise bad_cursor("has expired, as the log was archived meanwhile: begin again without it")


def _nameable(taken: Taken, source: LogSource, snapshot: Snapshot, query: LogQuery, is_first: bool) -> Taken:
    """The lines up to the first whose chunk the cursor cannot name, which so comes in the next round."""
    excess = {head.chunk_id for head in snapshot.excess}
    end = next((n for n, line in enumerate(taken.lines) if line[1] in excess), None)
    if end == 0:
        view = source.view(snapshot.heads, query.wanted, from_archive=is_first)
        lines = view.page(newest_first=False, offset=query.offset, limit=query.limit + 1)
        return _take(lines, query.limit)
    return taken if end is None else Taken(taken.lines[:end], is_more=True)


def _take(lines: Iterator[Line], limit: int) -> Taken:
    """The first lines, one at least, that are no more and take no more bytes than a page may."""
    taken: list[Line] = []
    size = 0
    for line in lines:
        size += len(json_lines([line])[0])
        if len(taken) == limit or (taken and size > _PAGE_BYTES):
            return Taken(taken, is_more=True)
        taken.append(line)
    return Taken(taken, is_more=False)
