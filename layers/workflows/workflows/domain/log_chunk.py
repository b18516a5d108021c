"""The chunks in which lines are stored, and what a reader must know of them to read few.

A chunk is what one node wrote between two flushes. Its lines are kept in blocks of some 32 KiB, warnings and
errors apart, so that reading these, or a moment, of a large log fetches little else. Its head says what is in
the blocks. Heads sort by the time at which they were written: a chunk exists when its head does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.domain.log_entry import Level
from workflows.domain.times import from_milliseconds, to_milliseconds

Line = tuple[int, str, int, Level, str | None, str, dict[str, Any] | None]
"""Time in Unix milliseconds, chunk id, number within the chunk, level, node id, message, fields.

The first three are the one order of all lines of an execution, and no two lines have the same.
"""

ARRIVAL_SECONDS = 3.0
"""How long the call that writes a head may take; after that it counts as not written."""


def size_of(line: Line) -> int:
    """Characters of a line, more or less."""
    return len(line[5]) + (len(str(line[6])) if line[6] else 0)


SETTLE_SECONDS = 5.0
"""How long after the time it bears a head may arrive: that, and the rest for clocks that differ."""

_MAX_UNSETTLED = 200
_MAX_REMEMBERED = 60
"""How many chunks a cursor names one by one: of those that came in the last seconds, and before them."""

LOG_SHARDS = 4
"""Partitions of an execution's log; one takes about 1,000 writes a second."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a chunk, in order.

    Attributes:
        counts: Lines by level.
        first_at, last_at: Unix milliseconds.
        inline: Its stored bytes, where they are so few that they are in the head.
    """

    counts: Mapping[Level, int]
    first_at: int
    last_at: int
    inline: bytes | None = None


@dataclass(frozen=True, slots=True)
class ChunkHead:
    """What is stored in a chunk.

    Attributes:
        chunk_id: Unique, sorts by time made.
        committed_at: When it was written, ISO 8601 UTC.
        expires_at: When it may go, in Unix seconds.
    """

    chunk_id: str
    committed_at: str
    node_id: str | None
    blocks: tuple[Block, ...]
    expires_at: int

    @property
    def record(self) -> str:
        return head_record(self.committed_at, self.chunk_id)

    @property
    def short_id(self) -> str:
        return self.chunk_id[-12:]


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """Where a block is stored."""

    head: ChunkHead
    number: int

    @property
    def block(self) -> Block:
        return self.head.blocks[self.number]


def head_record(committed_at: str, chunk_id: str) -> str:
    """Sort key of a chunk's head."""
    return f"head#{committed_at}#{chunk_id}"


def body_record(chunk_id: str, number: int) -> str:
    """Sort key of a chunk's block."""
    return f"body#{chunk_id}#{number:03}"


@dataclass(frozen=True, slots=True)
class Known:
    """A set of an execution's chunks: those committed until a time, and some that came after it.

    Attributes:
        until: ISO 8601 UTC, long enough ago that no head can arrive any more that bears it; empty: never.
        others: Short ids of chunks committed later, and before these of the latest ones until then: a head
            whose write took long is written again, under a later time.
    """

    until: str = ""
    others: tuple[str, ...] = ()

    def holds(self, head: ChunkHead) -> bool:
        return head.committed_at <= self.until or head.short_id in self.others

    @classmethod
    def of(cls, heads: Iterable[ChunkHead], read_at: str, before: Known | None = None) -> Known:
        """The chunks of `heads`, short of the last where too many came in the last seconds.

        Args:
            heads: All that were found.
            read_at: When they were read, or before.
            before: What was known when only later ones were looked for.
        """
        until = from_milliseconds(to_milliseconds(read_at) - int(SETTLE_SECONDS * 1000))
        ordered = sorted(heads, key=_record)
        # By all their heads: of one that was written twice, a reader may come upon either.
        later = [head.short_id for head in ordered if head.committed_at > until][:_MAX_UNSETTLED]
        settled = [
            *(before.others if before else ()),
            *(h.short_id for h in ordered if h.committed_at <= until),
        ]
        unsettled = frozenset(later)
        remembered = [name for name in dict.fromkeys(settled) if name not in unsettled][-_MAX_REMEMBERED:]
        return cls(until, (*remembered, *dict.fromkeys(later)))


NONE = Known()


def _record(head: ChunkHead) -> str:
    return head.record


def distinct(heads: Sequence[ChunkHead]) -> list[ChunkHead]:
    """The heads in the order they were written, one per chunk: one that was in doubt is written twice."""
    first: dict[str, ChunkHead] = {}
    for head in sorted(heads, key=_record):
        first.setdefault(head.chunk_id, head)
    return list(first.values())


def shard_of(chunk_id: str) -> int:
    """The shard of a chunk; its id's last bits are random."""
    return int(chunk_id[-2:], 16) % LOG_SHARDS


def stream_key(execution_id: str, shard: int) -> str:
    """Partition key of a shard of an execution's log."""
    return f"{execution_id}#{shard}"
