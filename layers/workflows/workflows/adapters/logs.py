"""The logs table: chunks of lines, heads and bodies apart, spread over an execution's shards."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.dynamodb import Item, Table
from workflows.domain.ids import new_id
from workflows.domain.log_entry import LOG_SHARDS, ChunkHead, Level, LogEntry, head_of, shard_of, stream_key
from workflows.domain.times import now


@dataclass(frozen=True, slots=True)
class LogStore:
    table: Table

    def append(self, execution_id: str, entries: Sequence[LogEntry]) -> None:
        """Write one chunk: at least one line, all of one node, at most 256 KiB or so."""
        chunk_id = new_id()
        head = head_of(entries, chunk_id, now())
        stream = stream_key(execution_id, shard_of(chunk_id))
        body = {"stream": stream, "record": head.body_record, **_pack(entries)}
        self.table.batch_put([body, {"stream": stream, **head.to_item()}])

    def note(self, execution_id: str, level: Level, message: str, at: str) -> None:
        """Write a line of the execution itself about what has been done.

        Where the table does not answer, the line goes to CloudWatch alone: what it tells of stands, and a
        caller who was told otherwise would do it again.
        """
        entry = LogEntry(at, level, None, message)
        try:
            self.append(execution_id, [entry])
        except SERVICE_FAILURES as error:
            lost = {**entry.to_json(), "execution_id": execution_id, "not_stored": type(error).__name__}
            sys.stdout.write(json.dumps(lost) + "\n")

    def heads(self, execution_id: str) -> list[ChunkHead]:
        """The heads of all chunks, in the order they were written."""
        items = [item for shard in range(LOG_SHARDS) for item in self._heads(execution_id, shard)]
        return sorted((ChunkHead.from_item(item) for item in items), key=lambda head: head.record)

    def latest(self, execution_id: str, limit: int) -> list[LogEntry]:
        """The last lines, oldest first, of the chunks written last; each chunk has a line at least."""
        items = [
            item
            for shard in range(LOG_SHARDS)
            for item in islice(self._heads(execution_id, shard, newest_first=True, page_items=limit), limit)
        ]
        heads = sorted((ChunkHead.from_item(item) for item in items), key=lambda head: head.record)
        return self.entries(execution_id, heads[-limit:])[-limit:]

    def delete(self, execution_id: str) -> None:
        """Delete all lines of an execution."""
        for shard in range(LOG_SHARDS):
            stream = stream_key(execution_id, shard)
            items = self.table.iterate("#stream = :stream", consistent=True, stream=stream)
            self.table.batch_delete({"stream": stream, "record": item["record"]} for item in items)

    def _heads(
        self, execution_id: str, shard: int, *, newest_first: bool = False, page_items: int | None = None
    ) -> Iterator[Item]:
        return self.table.iterate(
            "#stream = :stream AND begins_with(#record, :prefix)",
            forward=not newest_first,
            page_items=page_items,
            consistent=True,
            stream=stream_key(execution_id, shard),
            prefix="head#",
        )

    def entries(self, execution_id: str, heads: Sequence[ChunkHead]) -> list[LogEntry]:
        """The lines of the chunks of `heads`, in the one order of all lines: time, chunk, line."""
        by_record = {head.body_record: head for head in heads}
        keys = [
            {"stream": stream_key(execution_id, shard_of(head.chunk_id)), "record": head.body_record}
            for head in heads
        ]
        lines = [
            (entry.timestamp, head.chunk_id, number, entry)
            for item in self.table.batch_get(keys, consistent=True)
            for head in [by_record[item["record"]]]
            for number, entry in enumerate(_unpack(item, head.node_id))
        ]
        return [entry for *_, entry in sorted(lines, key=lambda line: line[:3])]


def _pack(entries: Sequence[LogEntry]) -> dict[str, str | bytes]:
    lines = [[entry.timestamp, entry.level, entry.message] for entry in entries]
    text = json.dumps(lines, separators=(",", ":"), ensure_ascii=False)
    compressed = zlib.compress(text.encode())
    return {"compressed": compressed} if len(compressed) < len(text) else {"text": text}


def _unpack(item: dict[str, str | bytes], node_id: str | None) -> list[LogEntry]:
    compressed = item.get("compressed")
    text = zlib.decompress(compressed) if isinstance(compressed, bytes) else item["text"]
    return [LogEntry(timestamp, level, node_id, message) for timestamp, level, message in json.loads(text)]
