"""How chunks are stored where DynamoDB is slow, refuses, or answers too late to be heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.integration.conftest import World
from workflows.adapters import logs as logs_module
from workflows.adapters.clients import client
from workflows.adapters.logs import Chunk
from workflows.adapters.stores import log_store
from workflows.domain.log_chunk import ARRIVAL_SECONDS, ChunkHead, distinct
from workflows.domain.log_entry import LogEntry

Put = Callable[..., Any]
ENTRY = LogEntry("2026-01-01T00:00:00.000Z", "INFO", "n", "once")


@pytest.fixture(autouse=True)
def _quick(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_module, "back_off", lambda _: None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, which a test moves; each head bears another time."""
    clock = [100.0]
    times = (f"2026-01-01T00:00:{second:02}.000Z" for second in count())
    monkeypatch.setattr("workflows.adapters.logs.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(logs_module, "now", lambda: next(times))
    return clock


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Callable[[Put], Any]) -> list[int]:
    """Let the calls that write heads end as `answers` say, from the real call each; returns their number."""
    dynamodb = client("dynamodb", once=True)
    put = dynamodb.put_item
    waiting: Iterator[Callable[[Put], Any]] = iter(answers)
    calls = [0]

    def answer(**arguments: Any) -> Any:
        calls[0] += 1
        return next(waiting)(lambda: put(**arguments))

    monkeypatch.setattr(dynamodb, "put_item", answer)
    return calls


def heads() -> list[ChunkHead]:
    return log_store().heads("e")


def refuse(_: Put) -> None:
    raise ClientError(
        {"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"}}, "PutItem"
    )


def write_unheard(put: Put) -> None:
    put()
    raise ReadTimeoutError(endpoint_url="dynamodb")


def lose(_: Put) -> None:
    raise ReadTimeoutError(endpoint_url="dynamodb")


def write(put: Put) -> None:
    put()


def test_head_that_was_written_unheard_is_not_written_again(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    calls = answering(monkeypatch, write_unheard)
    log_store().append("e", Chunk([ENTRY]))
    assert (len(heads()), calls) == (1, [1])


def test_head_that_was_lost_is_written_under_a_new_time(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    answering(monkeypatch, lose, write)
    log_store().append("e", Chunk([ENTRY]))
    assert [head.committed_at[17:19] for head in heads()] == ["01"]


def test_head_that_may_have_come_too_late_is_written_again(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    """Whoever follows may have gone past its time; one chunk it is all the same."""

    def write_late(put: Put) -> None:
        clock[0] += ARRIVAL_SECONDS + 1
        put()

    answering(monkeypatch, write_late, write)
    log_store().append("e", Chunk([ENTRY]))
    assert sorted(head.committed_at[17:19] for head in heads()) == ["00", "01"]
    assert len(distinct(heads())) == 1


def test_throttled_head_is_tried_again_and_not_looked_for(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    reads: list[Any] = []
    monkeypatch.setattr(client("dynamodb"), "get_item", lambda **arguments: reads.append(arguments))
    answering(monkeypatch, refuse, refuse, write)
    log_store().append("e", Chunk([ENTRY]))
    assert (len(heads()), reads) == (1, [])


def test_chunk_that_failed_for_long_is_stored_once_when_it_is_given_again(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    chunk = Chunk([ENTRY])
    answering(monkeypatch, refuse, refuse, refuse, refuse, write_unheard)
    monkeypatch.setattr(client("dynamodb"), "get_item", refuse)
    with pytest.raises(ReadTimeoutError):
        log_store().append("e", chunk)
    monkeypatch.undo()
    log_store().append("e", chunk)
    assert len(heads()) == 1
