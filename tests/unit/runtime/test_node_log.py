"""How nodes log: when lines are stored, what they show, and how many there may be."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from unittest.mock import patch

import pytest
from botocore.exceptions import ConnectTimeoutError

from workflows.adapters.log_blocks import pack, unpack
from workflows.adapters.logs import Chunk, LogStore
from workflows.domain.log_entry import LogEntry, LogLimits
from workflows.runtime import node_log
from workflows.runtime.node_log import NodeLog

LIMITS = LogLimits(line_bytes=1_000, execution_bytes=20_000)


@dataclass
class Store:
    """A `LogStore` that answers, or does not."""

    chunks: list[list[LogEntry]] = field(default_factory=list)
    counted: int = 0
    counts: int = 0
    is_down: bool = False

    def append(self, _: str, chunk: Chunk) -> None:
        if self.is_down:
            raise ConnectTimeoutError(endpoint_url="dynamodb")
        self.chunks.append(list(chunk.entries))

    def count_bytes(self, _: str, count: int) -> int:
        self.counts += 1
        self.counted += count
        return self.counted

    @property
    def entries(self) -> list[LogEntry]:
        return [entry for chunk in self.chunks for entry in chunk]

    def messages(self) -> list[str]:
        return [entry.message for entry in self.entries]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def log(store: Store, clock: list[float]) -> NodeLog:
    return NodeLog(cast("LogStore", store), LIMITS, "e", "n", _flushed_at=clock[0])


@pytest.fixture
def clock() -> Iterator[list[float]]:
    now = [1_000.0]
    with patch.object(time, "monotonic", lambda: now[0]):
        yield now


def test_lines_are_stored_at_the_end_of_the_node(log: NodeLog, store: Store) -> None:
    log.info("a", rows=3)
    log.error("b")
    assert store.chunks == []
    log.close()
    assert [(e.level, e.node_id, e.message, e.fields) for e in store.entries] == [
        ("INFO", "n", "a", {"rows": 3}),
        ("ERROR", "n", "b", {}),
    ]


def test_lines_are_stored_after_a_second(log: NodeLog, store: Store, clock: list[float]) -> None:
    told = []
    log.on_flush = lambda: told.append(len(store.chunks))
    log.info("a")
    clock[0] += 0.9
    log.info("b")
    assert store.chunks == []
    clock[0] += 0.2
    log.info("c")
    assert store.messages() == ["a", "b", "c"]
    assert told == [1]


def test_lines_are_stored_when_they_are_256_kib(log: NodeLog, store: Store) -> None:
    log.limits = LogLimits(1_000, 10_000_000)
    for _ in range(1_000):
        log.info("x" * 900)
    assert [len(chunk) for chunk in store.chunks] == [260, 260, 260]


def test_lines_go_to_cloudwatch_as_json(log: NodeLog, capsys: pytest.CaptureFixture[str]) -> None:
    log.warning("two\nlines", a=1)
    [line] = capsys.readouterr().out.splitlines()
    shown = json.loads(line)
    assert shown.pop("timestamp").endswith("Z")
    assert shown == {
        "level": "WARNING",
        "node_id": "n",
        "message": "two\nlines",
        "fields": {"a": 1},
        "execution_id": "e",
    }


def test_secrets_are_masked_wherever_lines_go(
    log: NodeLog, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    log.masks.add("hunter22")
    log.info("login with hunter22", password="x", note="hunter22")
    log.close()
    assert store.messages() == ["login with ***"]
    assert store.entries[0].fields == {"password": "***", "note": "***"}
    assert "hunter22" not in capsys.readouterr().out


def test_secrets_are_masked_in_what_json_does_not_know(log: NodeLog, store: Store) -> None:
    log.masks.add("hunter22")
    fields: dict[str, Any] = {
        "error": ValueError("hunter22"),
        "data": b"hunter22",
        "by_number": {1: "hunter22"},
    }
    log.info("x", **fields)
    log.close()
    assert store.entries[0].fields == {"error": "***", "data": "b'***'", "by_number": {"1": "***"}}


def test_lines_that_wait_are_stored_while_the_node_does(
    log: NodeLog, store: Store, clock: list[float]
) -> None:
    log.info("started")
    log.tick()
    assert store.chunks == []
    clock[0] += 1.1
    log.tick()
    assert store.messages() == ["started"]


def test_secret_at_the_cut_is_masked_before_it_is_cut(log: NodeLog, store: Store) -> None:
    log.masks.add("S" * 100)
    log.info("x" * 950 + "S" * 100)
    log.close()
    assert store.messages() == ["x" * 950 + "***"]


def hostile() -> list[str]:
    return ["\ud800 lone", "a\x00b\x1b[31m", "\r\n[2026] ERROR forged", "</script>", "ü" * 600_000, ""]


def test_hostile_text_is_stored_as_it_can_be_read_again(log: NodeLog, store: Store) -> None:
    for message in hostile():
        log.info(message, value=message, number=float("nan"), thing=object())
    log.close()
    [packed] = pack(store.entries)
    lines = unpack(packed[1], "chunk", "n")
    assert [line[5] for line in lines] == store.messages()
    assert [line[6] for line in lines] == [dict(entry.fields) for entry in store.entries]
    for entry in store.entries:
        size = len(entry.message.encode())
        assert size <= LIMITS.line_bytes + 40
        json.loads(json.dumps(entry.to_json(), allow_nan=False))
    assert store.messages()[4].startswith("ü" * 500)
    assert store.messages()[4].endswith("(cut at 1000 bytes)")
    assert set(store.entries[4].fields) == {"cut"}


def test_small_log_is_not_counted(log: NodeLog, store: Store) -> None:
    log.info("started")
    log.close()
    assert store.counts == 0


def test_beyond_the_limit_lines_are_dropped_but_for_errors(log: NodeLog, store: Store) -> None:
    for n in range(100):
        log.info(f"{n} " + "x" * 500)
        log.flush()
    log.error("kept")
    log.close()
    *kept, error, warning = store.entries
    size = sum(len(json.dumps({**entry.to_json(), "execution_id": "e"})) for entry in kept)
    assert LIMITS.execution_bytes <= size < LIMITS.execution_bytes + 1_000
    assert error.message == "kept"
    assert warning.level == "WARNING"
    assert f"{100 - len(kept)} lines" in warning.message
    assert store.counted == sum(
        len(json.dumps({**entry.to_json(), "execution_id": "e"})) for entry in store.entries
    )


def test_errors_have_a_limit_too(log: NodeLog, store: Store) -> None:
    for _ in range(200):
        log.error("x" * 500)
        log.flush()
    log.close()
    assert len(store.entries) < 100
    assert "dropped" in store.messages()[-1]


def test_other_nodes_lines_count(log: NodeLog, store: Store) -> None:
    store.counted = LIMITS.execution_bytes
    for _ in range(20):
        log.info("x" * 500)
        log.flush()
    log.close()
    assert len(store.entries) < 12


def test_loud_node_learns_of_the_limit_before_it_stores_anything(log: NodeLog, store: Store) -> None:
    store.counted = LIMITS.execution_bytes
    for _ in range(200):
        log.info("x" * 500)
    log.close()
    assert sum(len(entry.message) for entry in store.entries) < node_log.FREE_BYTES + 1_000


def test_lines_outlast_a_table_that_does_not_answer(log: NodeLog, store: Store) -> None:
    store.is_down = True
    log.info("a")
    log.flush()
    log.info("b")
    log.flush()
    store.is_down = False
    log.close()
    assert store.messages() == ["a", "b"]


def test_what_had_to_be_dropped_while_the_table_was_down_is_told(log: NodeLog, store: Store) -> None:
    store.is_down = True
    for n in range(node_log._MAX_UNSTORED + 3):
        log.info(str(n))
        log.flush()
    store.is_down = False
    log.close()
    assert store.messages()[0] == "3"
    assert (
        store.messages()[-1] == "log table not reached for long: 3 lines (3 bytes) of this node were dropped"
    )


def test_fields_may_have_any_name(log: NodeLog, store: Store) -> None:
    fields: dict[str, Any] = {"level": "high", "message": "m", "self": 1}
    log.info("x", **fields)
    log.close()
    assert store.entries[0].fields == fields


def test_last_lines_wait_for_a_table_that_is_throttled_for_some_seconds(
    log: NodeLog, store: Store, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []

    def back_off(attempt: int) -> None:
        waits.append(attempt)
        clock[0] += 1
        store.is_down = len(waits) < 4

    monkeypatch.setattr(node_log, "back_off", back_off)
    store.is_down = True
    log.info("a")
    log.close()
    assert (store.messages(), waits) == (["a"], [1, 2, 3, 4])


def test_node_ends_where_the_table_stays_down(
    log: NodeLog, store: Store, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def back_off(_: int) -> None:
        clock[0] += 1

    monkeypatch.setattr(node_log, "back_off", back_off)
    store.is_down = True
    log.info("a")
    log.close()
    assert store.messages() == []


class Spiteful:
    def __str__(self) -> str:
        raise RuntimeError("no")


def circle() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


def nested() -> list[Any]:
    found: list[Any] = []
    for _ in range(5_000):
        found = [found]
    return found


@pytest.mark.parametrize(
    "value", [10**5_000, circle(), nested(), Spiteful()], ids=["long", "circle", "deep", "spite"]
)
def test_fields_that_are_no_json_fail_no_node(log: NodeLog, store: Store, value: Any) -> None:
    log.info("x", value=value)
    log.close()
    assert list(store.entries[0].fields) == ["cut"]


def test_clock_that_is_set_back_does_not_change_the_order(log: NodeLog, store: Store) -> None:
    with patch.object(
        node_log, "now", iter(["2026-01-01T00:00:00.500Z", "2026-01-01T00:00:00.100Z"]).__next__
    ):
        log.info("a")
        log.info("b")
    log.close()
    assert [entry.timestamp[-4:] for entry in store.entries] == ["500Z", "500Z"]


def test_levels_are_the_four(log: NodeLog, store: Store) -> None:
    calls: list[Any] = [log.debug, log.info, log.warning, log.error]
    for call in calls:
        call("x")
    log.close()
    assert [entry.level for entry in store.entries] == ["DEBUG", "INFO", "WARNING", "ERROR"]
