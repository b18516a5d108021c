"""Readers who go on by cursors while lines are written get every line once."""

from __future__ import annotations

from random import Random
from typing import Any, cast
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.services.memory_logs import EPOCH, MemoryLogs
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.log_archives import ArchiveStore
from workflows.adapters.logs import LogStore
from workflows.domain.access import Caller
from workflows.domain.errors import Malformed
from workflows.domain.execution import Execution
from workflows.domain.log_chunk import SETTLE_SECONDS
from workflows.domain.log_entry import LogEntry
from workflows.domain.payload import Payload
from workflows.domain.times import from_milliseconds
from workflows.services.log_filters import ALL_LINES, LogFilter
from workflows.services.log_pages import LogQuery
from workflows.services.logs import LogPage, Logs

ADMIN = Caller("admin", "admin")
SETTLE = int(SETTLE_SECONDS * 1000)
MAX_CURSOR = 8_000
"""As `GET logs` takes it; API Gateway takes some 10 KB of request line and headers."""

NOTHING = Payload("nothing", "inline", 2, text="{}")
EXECUTION = Execution(
    execution_id="e",
    workflow_id="w",
    version=1,
    owner_id="owner",
    visibility="private",
    status="running",
    inputs=NOTHING,
    variables=NOTHING,
    started_at=from_milliseconds(EPOCH),
    state_machine_arn="arn",
)


class Reader:
    """Someone who reads a log that is written, in a time of its own."""

    def __init__(self, logs: MemoryLogs) -> None:
        executions: Any = self
        archives: Any = self
        self.at = EPOCH
        self.seen: list[str] = []
        self.cursor: str | None = None
        self.logs = Logs(
            cast("ExecutionStore", executions), cast("LogStore", logs), cast("ArchiveStore", archives)
        )

    def get(self, _: str) -> Execution:
        return EXECUTION

    def page(self, **query: Any) -> LogPage:
        """The next page."""
        with (
            patch("workflows.services.log_sources.now", lambda: from_milliseconds(self.at)),
            patch("workflows.services.logs.now", lambda: from_milliseconds(self.at)),
            patch("workflows.services.cursors.master_secret", lambda: b"secret"),
        ):
            page = self.logs.page(ADMIN, "e", LogQuery(cursor=self.cursor, **query))
        self.seen += [entry.message for entry in page.entries]
        self.cursor = page.next_cursor
        assert len(self.cursor or "") <= MAX_CURSOR
        return page

    def read_on(self, **query: Any) -> None:
        while self.page(**query).entries:
            pass


def entry(at: int, message: str, level: Any = "INFO") -> LogEntry:
    return LogEntry(from_milliseconds(at), level, "a", message)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Chunks as (time they bear, time they arrive, lines)."""
    chunk = st.tuples(st.integers(0, 20_000), st.integers(0, SETTLE - 1), st.integers(1, 4))
    return [(at, at + late, lines) for at, late, lines in draw(st.lists(chunk, max_size=25))]


@given(histories(), st.lists(st.integers(0, 30_000), max_size=12), st.integers(1, 9), st.booleans())
@settings(max_examples=300)
def test_every_line_comes_once_whenever_it_arrives(
    history: list[tuple[int, int, int]], looks: list[int], limit: int, only_errors: bool
) -> None:
    logs = MemoryLogs()
    reader = Reader(logs)
    wanted = LogFilter(levels=("ERROR",)) if only_errors else ALL_LINES
    expected = []
    arrivals = sorted((arrives, stamp, number) for number, (stamp, arrives, _) in enumerate(history))
    moments = sorted([(at, -1, -1) for at in looks] + arrivals)
    for at, stamp, number in moments:
        reader.at = EPOCH + at
        if number < 0:
            reader.page(limit=limit, wanted=wanted)
            continue
        levels = ["ERROR" if n % 2 else "INFO" for n in range(history[number][2])]
        lines = [entry(EPOCH + stamp - n * 700, f"{number}-{n}", level) for n, level in enumerate(levels)]
        expected += [line.message for line in lines if not only_errors or line.level == "ERROR"]
        logs.add(number, lines, EPOCH + stamp)
    reader.at += 2 * SETTLE
    reader.read_on(limit=limit, wanted=wanted)

    assert sorted(reader.seen) == sorted(expected)
    total = reader.page(limit=limit, wanted=wanted).total
    assert total == len(expected)


def test_lines_of_a_round_are_in_order_of_time() -> None:
    logs = MemoryLogs()
    logs.add(1, [entry(EPOCH + n * 10, f"a{n}") for n in range(5)], EPOCH + 50)
    logs.add(2, [entry(EPOCH + n * 10 + 5, f"b{n}") for n in range(5)], EPOCH + 60)
    reader = Reader(logs)
    reader.at = EPOCH + 100
    reader.read_on(limit=3)
    assert reader.seen == [f"{name}{n}" for n in range(5) for name in "ab"]


def test_reader_sees_what_is_there_at_once() -> None:
    logs = MemoryLogs()
    reader = Reader(logs)
    logs.add(1, [entry(EPOCH, "now")], EPOCH)
    assert [line.message for line in reader.page().entries] == ["now"]


def test_cursor_stays_short_however_much_is_written() -> None:
    """What is too new to be named one by one comes when it has settled."""
    logs = MemoryLogs()
    random = Random(1)
    for number in range(3_000):
        at = EPOCH + number * 2
        logs.add(number, [entry(at, str(number))], at)
    reader = Reader(logs)
    for at in range(0, 20_000, 500):
        reader.at = EPOCH + at + random.randrange(400)
        reader.page(limit=70)
    reader.read_on(limit=1_000)
    assert sorted(reader.seen, key=int) == [str(number) for number in range(3_000)]


def test_head_that_was_written_twice_is_one_chunk() -> None:
    logs = MemoryLogs()
    reader = Reader(logs)
    for late in (0, 3_000):
        logs.add(1, [entry(EPOCH, "once")], EPOCH + late)
        reader.at = EPOCH + late + 10
        reader.read_on()
    reader.at += 2 * SETTLE
    reader.read_on()
    assert reader.seen == ["once"]


def test_head_that_was_written_twice_is_known_by_either() -> None:
    """The first is long ago, and the second not yet, when a reader comes upon both."""
    logs = MemoryLogs()
    reader = Reader(logs)
    for stamp in (0, 3_000):
        logs.add(1, [entry(EPOCH, "once")], EPOCH + stamp)
    for at in (6_000, 7_000, 20_000):
        reader.at = EPOCH + at
        reader.read_on()
    assert reader.seen == ["once"]


@pytest.mark.parametrize(("offset", "limit"), [(0, 1_000), (0, 50), (120, 100), (190, 20), (250, 50)])
def test_page_and_total_are_exact_however_much_came_just_now(offset: int, limit: int) -> None:
    """Chunks beyond those that a cursor can name: the page ends before them, and the next one has them."""
    logs = MemoryLogs()
    random = Random(2)
    for number in range(300):
        at = EPOCH + number
        logs.add(number, [entry(at - random.randrange(40), f"{number}-{n}") for n in range(2)], at)
    everything = Reader(logs)
    everything.at = EPOCH + 2 * SETTLE
    everything.read_on(limit=1_000)

    reader = Reader(logs)
    reader.at = EPOCH + 400
    first = reader.page(offset=offset, limit=limit)
    assert first.total == 600
    shown = list(reader.seen)
    assert shown
    if offset + limit < 300:
        assert shown == everything.seen[offset : offset + limit]
    reader.at += 2 * SETTLE
    while reader.cursor and (page := reader.page(limit=limit)).entries:
        assert page.total == 600
    assert len(reader.seen) == len(set(reader.seen))
    assert set(everything.seen[offset:]) <= set(reader.seen)


def test_head_that_is_written_again_and_again_is_one_chunk_to_who_saw_it_before() -> None:
    """Each of its writes took long; a reader looks between them."""
    logs = MemoryLogs()
    reader = Reader(logs)
    for stamp in (0, 3_300, 6_600, 9_900):
        logs.add(1, [entry(EPOCH, "once")], EPOCH + stamp)
        reader.at = EPOCH + stamp + 5_100
        reader.read_on()
    logs.add(2, [entry(EPOCH, "another")], EPOCH + 12_000)
    reader.at += 2 * SETTLE
    reader.read_on()
    assert reader.seen == ["once", "another"]


def test_newest_lines_come_first_however_many_there_are() -> None:
    logs = MemoryLogs()
    for number in range(300):
        logs.add(number, [entry(EPOCH + number, str(number))], EPOCH + number)
    reader = Reader(logs)
    reader.at = EPOCH + 400
    page = reader.page(newest_first=True, limit=200)
    assert page.total == 300
    assert reader.page(newest_first=True, limit=200).next_cursor is None
    assert [int(message) for message in reader.seen] == [*range(299, -1, -1)]


@pytest.fixture
def cursor() -> str:
    logs = MemoryLogs()
    logs.add(1, [entry(EPOCH, "a"), entry(EPOCH, "b")])
    reader = Reader(logs)
    return reader.page(limit=1).next_cursor or ""


@pytest.mark.parametrize(
    "change",
    [
        lambda cursor: cursor[:-1],
        lambda cursor: cursor + "A",
        lambda cursor: ("A" if cursor[0] != "A" else "B") + cursor[1:],
        lambda cursor: cursor[:40] + ("A" if cursor[40] != "A" else "B") + cursor[41:],
        lambda cursor: cursor + "=",
        lambda _: "x",
        lambda _: "ä",
    ],
)
def test_cursor_that_was_changed_is_refused(cursor: str, change: Any) -> None:
    reader = Reader(MemoryLogs())
    reader.cursor = change(cursor)
    with pytest.raises(Malformed, match="cursor"):
        reader.page()


def test_cursor_of_another_filter_or_order_is_refused(cursor: str) -> None:
    for other in ({"wanted": LogFilter(node_id="b")}, {"newest_first": True}):
        reader = Reader(MemoryLogs())
        reader.cursor = cursor
        with pytest.raises(Malformed, match="cursor"):
            reader.page(**other)
