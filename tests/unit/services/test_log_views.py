"""Views of logs beside a plain sorted list: any chunking, overlap, equal times, filter, offset and limit."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.services.memory_logs import EPOCH, MemoryLogs, chunk_id
from workflows.adapters import log_blocks
from workflows.domain.log_chunk import NONE, Line
from workflows.domain.log_entry import LEVELS, LogEntry
from workflows.domain.times import from_milliseconds
from workflows.services.log_filters import ALL_LINES, LogFilter
from workflows.services.log_formats import entry_of
from workflows.services.log_views import LogView

# Few times, nodes and words, so that all of them meet.
lines_ = st.tuples(
    st.integers(0, 12),
    st.sampled_from(LEVELS),
    st.sampled_from(["alpha", "beta", "alphabet"]),
    st.none() | st.fixed_dictionaries({"k": st.sampled_from(["beta", 1])}),
)
chunks_ = st.lists(
    st.tuples(st.sampled_from([None, "a", "b"]), st.lists(lines_, min_size=1, max_size=12)), max_size=8
)
filters_ = st.builds(
    LogFilter,
    levels=st.lists(st.sampled_from(LEVELS), unique=True, max_size=3).map(tuple),
    node_id=st.sampled_from([None, None, "a", "b"]),
    text=st.sampled_from([None, None, "beta", "lph"]),
    since=st.none() | st.integers(EPOCH - 1, EPOCH + 13),
    before=st.none() | st.integers(EPOCH - 1, EPOCH + 13),
)


def written(chunks: list[Any]) -> tuple[MemoryLogs, list[tuple[Any, LogEntry]]]:
    """A log of these chunks, and all its lines in the order that they are to have."""
    logs = MemoryLogs()
    expected = []
    for number, (node_id, lines) in enumerate(chunks):
        entries = [
            LogEntry(from_milliseconds(EPOCH + at), level, node_id, text, fields or {})
            for at, level, text, fields in lines
        ]
        logs.add(number, entries)
        in_time = sorted(entries, key=lambda entry: entry.timestamp)
        expected += [
            ((entry.timestamp, chunk_id(number), index), entry) for index, entry in enumerate(in_time)
        ]
    return logs, sorted(expected, key=lambda pair: pair[0])


def matches(entry: LogEntry, wanted: LogFilter) -> bool:
    return (
        (not wanted.levels or entry.level in wanted.levels)
        and (wanted.node_id is None or entry.node_id == wanted.node_id)
        and (wanted.text is None or wanted.text in entry.message or wanted.text in str(entry.fields))
        and (wanted.since is None or entry.timestamp >= from_milliseconds(wanted.since))
        and (wanted.before is None or entry.timestamp < from_milliseconds(wanted.before))
    )


def view_of(logs: MemoryLogs, wanted: LogFilter) -> LogView:
    source = logs.source()
    return source.view(source.snapshot(NONE).heads, wanted, from_archive=True)


def shown(lines: list[Line]) -> list[LogEntry]:
    return [entry_of(line) for line in lines]


@given(
    chunks_,
    filters_,
    st.booleans(),
    st.integers(0, 60),
    st.integers(1, 60),
    st.sampled_from([1, 20, 60]),
    st.sampled_from([1, 2, 64]),
)
@settings(max_examples=250)
def test_page_and_count_are_those_of_a_sorted_list(
    chunks: list[Any],
    wanted: LogFilter,
    newest_first: bool,
    offset: int,
    limit: int,
    block_bytes: int,
    at_once: int,
) -> None:
    with (
        patch.object(log_blocks, "BLOCK_BYTES", block_bytes),
        patch("workflows.services.log_views._PARTS_AT_ONCE", at_once),
    ):
        logs, everything = written(chunks)
        expected = [entry for _, entry in everything if matches(entry, wanted)]
        view = view_of(logs, wanted)

        assert view.count() == len(expected)
        ordered = expected[::-1] if newest_first else expected
        page = list(view.page(newest_first=newest_first, offset=offset, limit=limit))
        count, first = view.count_and_page(offset=offset, limit=limit)
        assert (count, shown(list(first))) == (len(expected), expected[offset : offset + limit])
        assert shown(page) == ordered[offset : offset + limit]
        assert [entry_of(line) for batch in view.batches() for line in batch] == expected


@given(chunks_, filters_, st.booleans(), st.integers(1, 7))
@settings(max_examples=120)
def test_pages_one_after_the_other_give_each_line_once(
    chunks: list[Any], wanted: LogFilter, newest_first: bool, limit: int
) -> None:
    logs, everything = written(chunks)
    expected = [entry for _, entry in everything if matches(entry, wanted)]
    view = view_of(logs, wanted)

    page = list(view.page(newest_first=newest_first, offset=0, limit=limit))
    given_lines = list(page)
    while page:
        page = list(view.page_after(page[-1][:3], newest_first=newest_first, limit=limit))
        given_lines += page

    assert shown(given_lines) == (expected[::-1] if newest_first else expected)


@pytest.fixture
def large() -> MemoryLogs:
    """50 nodes that write 4,000 lines each at the same time, in 20 chunks; one line of 1,000 is an error."""
    logs = MemoryLogs()
    for number in range(50 * 20):
        node, chunk = number % 50, number // 50
        logs.add(
            number,
            [
                LogEntry(
                    from_milliseconds(EPOCH + chunk * 200 + n),
                    "ERROR" if (number * 200 + n) % 1000 == 0 else "INFO",
                    f"node-{node}",
                    f"line {n}",
                )
                for n in range(200)
            ],
        )
    return logs


@pytest.mark.parametrize(
    ("wanted", "offset", "blocks"),
    [
        (ALL_LINES, 0, 100),  # Of each node the first block, and where it has one the first error's.
        (ALL_LINES, 180_000, 100),
        (LogFilter(levels=("ERROR",)), 0, 200),
        (LogFilter(node_id="node-7"), 0, 10),
    ],
)
def test_page_reads_only_blocks_that_it_can_touch(
    large: MemoryLogs, wanted: LogFilter, offset: int, blocks: int
) -> None:
    page = list(view_of(large, wanted).page(newest_first=False, offset=offset, limit=1_000))

    assert page
    assert len(large.read) <= blocks


def test_page_of_the_newest_lines_reads_only_the_last_blocks(large: MemoryLogs) -> None:
    assert len(list(view_of(large, ALL_LINES).page(newest_first=True, offset=0, limit=10))) == 10
    assert len(large.read) <= 100


def test_count_reads_nothing_where_heads_say_it(large: MemoryLogs) -> None:
    assert view_of(large, LogFilter(levels=("ERROR",))).count() == 200
    assert view_of(large, LogFilter(node_id="node-7")).count() == 4_000
    assert large.read == []
