"""Reads of a log as the API makes them, and what they fetch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from unittest.mock import patch

from benchmarks.logs.tally import Tally, tallied
from workflows.adapters.stores import log_store
from workflows.domain.access import Caller
from workflows.domain.log_chunk import LOG_SHARDS, Line, stream_key
from workflows.domain.log_entry import LogEntry
from workflows.domain.times import from_milliseconds, to_milliseconds
from workflows.services.log_filters import LogFilter
from workflows.services.log_formats import text_lines
from workflows.services.log_pages import LogQuery
from workflows.services.logs import LogPage, logs

PAGE_LINES = 1_000

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Read:
    """A page, and what it took.

    Attributes:
        seconds: How long it took; no ratio, as the engine's time is in it.
        has_target: Whether a target is set for it.
    """

    name: str
    page: LogPage
    tally: Tally
    seconds: float
    has_target: bool


def read_pages(execution_id: str, offset: int) -> list[Read]:
    """The first page, those at an offset and the last one, and all ERROR lines."""
    cursor = _page(execution_id, LogQuery(offset=offset - 1, limit=1)).next_cursor
    errors = LogFilter(levels=("ERROR",))
    return [
        _read("first page", execution_id, LogQuery(limit=PAGE_LINES), has_target=True),
        _read(
            f"page after line {offset:,}, by cursor",
            execution_id,
            LogQuery(limit=PAGE_LINES, cursor=cursor),
            has_target=True,
        ),
        _read(f"page after line {offset:,}, by offset", execution_id, LogQuery(offset=offset)),
        _read("last page, newest first", execution_id, LogQuery(newest_first=True)),
        _read("all ERROR lines", execution_id, LogQuery(wanted=errors, limit=10_000), has_target=True),
    ]


def text_of(page: LogPage) -> str:
    """A page as it is in a text file."""
    return text_lines([_line(entry) for entry in page.entries])


@contextmanager
def without_chunks(execution_id: str) -> Iterator[None]:
    """A month later: the chunks have expired, and the archive alone is there."""
    table = log_store().table
    for shard in range(LOG_SHARDS):
        stream = stream_key(execution_id, shard)
        for kind in ("head#", "body#"):
            items = table.iterate(
                "#stream = :stream AND begins_with(#record, :kind)", stream=stream, kind=kind
            )
            table.batch_delete([{"stream": stream, "record": item["record"]} for item in items])
    later = time.time() + 31 * _DAY_SECONDS
    with (
        patch("workflows.services.logs.now", lambda: from_milliseconds(int(later * 1000))),
        patch("workflows.services.log_sources.time", SimpleNamespace(time=lambda: later)),
    ):
        yield


def _read(name: str, execution_id: str, query: LogQuery, *, has_target: bool = False) -> Read:
    with tallied() as tally:
        began = time.perf_counter()
        page = _page(execution_id, query)
        seconds = time.perf_counter() - began
    return Read(name, page, tally, seconds, has_target)


def _page(execution_id: str, query: LogQuery) -> LogPage:
    return logs().page(Caller("admin"), execution_id, query)


def _line(entry: LogEntry) -> Line:
    at = to_milliseconds(entry.timestamp)
    return at, "", 0, entry.level, entry.node_id, entry.message, dict(entry.fields)
