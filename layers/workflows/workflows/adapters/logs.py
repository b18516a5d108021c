"""The logs table: chunks of lines, their heads and bodies apart, spread over an execution's shards."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from botocore.exceptions import ClientError

from workflows.adapters.attribute_values import to_item
from workflows.adapters.clients import SERVICE_FAILURES, client
from workflows.adapters.dynamodb import Item, Table, back_off
from workflows.adapters.log_blocks import pack, unpack
from workflows.domain.ids import new_id
from workflows.domain.log_chunk import (
    ARRIVAL_SECONDS,
    LOG_SHARDS,
    Block,
    BlockPlace,
    ChunkHead,
    Line,
    body_record,
    distinct,
    head_record,
    shard_of,
    stream_key,
)
from workflows.domain.log_entry import Level, LogEntry
from workflows.domain.times import now

_COMMIT_TRIES = 5
_REFUSALS = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
    }
)
"""What DynamoDB says of a write that it has not begun."""

_DAY_SECONDS = 86_400


@dataclass
class Chunk:
    """Lines of one node that are stored together; at least one, some 256 KiB at most.

    Attributes:
        tried: The times under which its head may have been written, although no answer said so.
    """

    entries: Sequence[LogEntry]
    chunk_id: str = field(default_factory=new_id)
    tried: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LogStore:
    """
    Attributes:
        chunk_days: How long chunks are kept.
    """

    table: Table
    chunk_days: int

    def append(self, execution_id: str, chunk: Chunk) -> None:
        """Store a chunk; doing so again, after a failure, stores it once.

        Raises:
            ClientError, BotoCoreError, Unavailable: It is not known to be stored.
        """
        stream = stream_key(execution_id, shard_of(chunk.chunk_id))
        kept = {"stream": stream, "expires_at": self._expires_at()}
        packed = pack(chunk.entries)
        bodies = [
            {**kept, "record": body_record(chunk.chunk_id, n), "lines": body}
            for n, (block, body) in enumerate(packed)
            if block.inline is None
        ]
        if bodies and not chunk.tried:
            self.table.batch_put(bodies)
        item = {
            **kept,
            "node_id": chunk.entries[0].node_id,
            "blocks": json.dumps([_described(block) for block, _ in packed], separators=(",", ":")),
            "inline": {str(n): body for n, (block, body) in enumerate(packed) if block.inline is not None},
        }
        self._commit(chunk, {name: value for name, value in item.items() if value})

    def _commit(self, chunk: Chunk, item: Item) -> None:
        """Write the head, which bears the time of this very call: whoever follows goes by that."""
        failure: Exception | None = None
        for attempt in range(_COMMIT_TRIES):
            if attempt:
                back_off(attempt)
            if any(self._arrived(item["stream"], head_record(at, chunk.chunk_id)) for at in chunk.tried):
                return
            at = now()
            failure, seconds = self._put({**item, "record": head_record(at, chunk.chunk_id)})
            if seconds > ARRIVAL_SECONDS:
                continue  # Who follows may be past its time already: it is written under a new one.
            if failure is None:
                return
            if not _is_refused(failure):
                chunk.tried.append(at)
        if failure is not None:
            raise failure

    def _put(self, item: Item) -> tuple[Exception | None, float]:
        """Write an item in a single call; how that failed, and the seconds it took."""
        began = time.monotonic()
        try:
            client("dynamodb", once=True).put_item(TableName=self.table.name, Item=to_item(item))
        except SERVICE_FAILURES as error:
            return error, time.monotonic() - began
        return None, time.monotonic() - began

    def _arrived(self, stream: str, record: str) -> bool:
        return self.table.get({"stream": stream, "record": record}, consistent=True) is not None

    def note(
        self, execution_id: str, level: Level, message: str, at: str, node_id: str | None = None
    ) -> None:
        """Write a line of the execution itself, or of a node, about what has been done, also to CloudWatch.

        Where the table does not answer, it goes there alone: what it tells of stands, and a caller who was
        told otherwise would do it again.
        """
        entry = LogEntry(at, level, node_id, message)
        shown = {**entry.to_json(), "execution_id": execution_id}
        try:
            self.append(execution_id, Chunk([entry]))
        except SERVICE_FAILURES as error:
            shown["not_stored"] = type(error).__name__
        sys.stdout.write(json.dumps(shown) + "\n")

    def count_bytes(self, execution_id: str, count: int) -> int:
        """Add to the bytes that an execution has logged; returns how many these are now."""
        item = self.table.update(
            {"stream": stream_key(execution_id, 0), "record": "size"},
            "SET #expires_at = :expires_at ADD #bytes :count",
            expires_at=self._expires_at(),
            count=count,
        )
        total: int = item["bytes"]
        return total

    def heads(self, execution_id: str, since: str = "") -> list[ChunkHead]:
        """The heads written at a time or later, in no order; a chunk that was in doubt may have several."""
        return [
            _head(item)
            for shard in range(LOG_SHARDS)
            for item in self._heads(execution_id, shard, since=since)
        ]

    def latest_heads(self, execution_id: str, limit: int) -> list[ChunkHead]:
        """The heads of the chunks written last, in the order they were written."""
        heads = [
            _head(item)
            for shard in range(LOG_SHARDS)
            for item in islice(self._heads(execution_id, shard, newest_first=True, page_items=limit), limit)
        ]
        return distinct(heads)[-limit:]

    def fetch(self, execution_id: str, places: Sequence[BlockPlace]) -> Callable[[], list[Line]]:
        """Read blocks; what is returned unpacks their lines, in no order."""
        by_record = {
            body_record(place.head.chunk_id, place.number): place
            for place in places
            if place.block.inline is None
        }
        keys = [
            {"stream": stream_key(execution_id, shard_of(place.head.chunk_id)), "record": record}
            for record, place in by_record.items()
        ]
        bodies = [(place, place.block.inline) for place in places if place.block.inline is not None]
        bodies += [
            (by_record[item["record"]], item["lines"]) for item in self.table.batch_get(keys, consistent=True)
        ]
        # In the order of chunks, little is left to do for who sorts the lines by time.
        bodies.sort(key=lambda body: (body[0].head.chunk_id, body[0].number))
        return lambda: [
            line for place, body in bodies for line in unpack(body, place.head.chunk_id, place.head.node_id)
        ]

    def delete(self, execution_id: str) -> None:
        """Delete all lines of an execution."""
        for shard in range(LOG_SHARDS):
            stream = stream_key(execution_id, shard)
            items = self.table.iterate("#stream = :stream", consistent=True, stream=stream)
            self.table.batch_delete({"stream": stream, "record": item["record"]} for item in items)

    def _heads(
        self,
        execution_id: str,
        shard: int,
        *,
        since: str = "",
        newest_first: bool = False,
        page_items: int | None = None,
    ) -> Iterator[Item]:
        return self.table.iterate(
            "#stream = :stream AND #record BETWEEN :first AND :last",
            forward=not newest_first,
            page_items=page_items,
            consistent=True,
            stream=stream_key(execution_id, shard),
            first=f"head#{since}",
            last="head#~",
        )

    def _expires_at(self) -> int:
        return int(time.time()) + self.chunk_days * _DAY_SECONDS


def _is_refused(error: Exception) -> bool:
    """Whether it is certain that a write was not done."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _REFUSALS


def _described(block: Block) -> list[object]:
    return [block.counts, block.first_at, block.last_at - block.first_at]


def _head(item: Item) -> ChunkHead:
    _, committed_at, chunk_id = item["record"].split("#")
    inline = item.get("inline", {})
    return ChunkHead(
        chunk_id=chunk_id,
        committed_at=committed_at,
        node_id=item.get("node_id"),
        blocks=tuple(
            Block(counts, first_at, first_at + span, inline.get(str(n)))
            for n, (counts, first_at, span) in enumerate(json.loads(item["blocks"]))
        ),
        expires_at=item["expires_at"],
    )
