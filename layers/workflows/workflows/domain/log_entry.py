"""Log lines, and the chunks in which nodes write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LEVELS: tuple[Level, ...] = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an execution's log.

    Attributes:
        timestamp: ISO 8601 UTC.
        node_id: The node that wrote it; None for a line of the execution itself.
        message: Text; may hold any character (formatting makes it one line).
    """

    timestamp: str
    level: Level
    node_id: str | None
    message: str

    def to_json(self) -> dict[str, Any]:
        return {
            "timestamp": self.timestamp,
            "level": self.level,
            "node_id": self.node_id,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class ChunkHead:
    """What a reader must know of a chunk to decide whether to read its body.

    Attributes:
        chunk_id: Unique, sorts by time made.
        committed_at: When it was written; chunks are followed in this order.
        counts: Lines per level.
    """

    chunk_id: str
    committed_at: str
    node_id: str | None
    first_at: str
    last_at: str
    counts: dict[Level, int]

    @property
    def record(self) -> str:
        return f"head#{self.committed_at}#{self.chunk_id}"

    @property
    def body_record(self) -> str:
        return f"body#{self.chunk_id}"

    def count(self, levels: frozenset[Level]) -> int:
        """Its lines of `levels`."""
        return sum(count for level, count in self.counts.items() if level in levels)

    def to_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "record": self.record,
            "chunk_id": self.chunk_id,
            "committed_at": self.committed_at,
            "node_id": self.node_id,
            "first_at": self.first_at,
            "last_at": self.last_at,
            "counts": self.counts,
        }
        return {name: value for name, value in item.items() if value is not None}

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> ChunkHead:
        return cls(
            chunk_id=item["chunk_id"],
            committed_at=item["committed_at"],
            node_id=item.get("node_id"),
            first_at=item["first_at"],
            last_at=item["last_at"],
            counts=item["counts"],
        )


def head_of(entries: Sequence[LogEntry], chunk_id: str, committed_at: str) -> ChunkHead:
    """The head of a chunk of at least one line, all of one node."""
    return ChunkHead(
        chunk_id=chunk_id,
        committed_at=committed_at,
        node_id=entries[0].node_id,
        first_at=min(entry.timestamp for entry in entries),
        last_at=max(entry.timestamp for entry in entries),
        counts=dict(Counter(entry.level for entry in entries)),
    )


LOG_SHARDS = 4
"""Partitions of an execution's log; one takes about 1,000 writes a second."""


def shard_of(chunk_id: str) -> int:
    """The shard of a chunk; its id's last bits are random."""
    return int(chunk_id[-2:], 16) % LOG_SHARDS


def stream_key(execution_id: str, shard: int) -> str:
    """Partition key of a shard of an execution's log."""
    return f"{execution_id}#{shard}"
