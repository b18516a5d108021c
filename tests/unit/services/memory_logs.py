"""The log of one execution in memory, in the place of `LogStore`; chunks arrive when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from workflows.adapters.log_archives import ArchiveStore
from workflows.adapters.log_blocks import pack, unpack
from workflows.adapters.logs import LogStore
from workflows.domain.log_chunk import BlockPlace, ChunkHead, Line
from workflows.domain.log_entry import LogEntry
from workflows.domain.times import from_milliseconds
from workflows.services.log_sources import LogSource

EPOCH = 1_771_864_205_000


def chunk_id(number: int) -> str:
    return f"01890a5d-ac96-774b-bcce-{number:012x}"


@dataclass
class MemoryLogs:
    """
    Attributes:
        read: The blocks that were read.
    """

    read: list[BlockPlace] = field(default_factory=list)
    _heads: list[ChunkHead] = field(default_factory=list)
    _bodies: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def add(self, number: int, entries: Sequence[LogEntry], committed_at: int = EPOCH) -> None:
        """Let a chunk arrive that bears a time, in Unix milliseconds."""
        packed = pack(entries)
        head = ChunkHead(
            chunk_id(number),
            from_milliseconds(committed_at),
            entries[0].node_id,
            # All of them apart, so that what is read is seen.
            tuple(replace(block, inline=None) for block, _ in packed),
            expires_at=0,
        )
        self._heads.append(head)
        self._bodies |= {(head.chunk_id, n): body for n, (_, body) in enumerate(packed)}

    def heads(self, _execution_id: str, since: str = "") -> list[ChunkHead]:
        return [head for head in self._heads if head.committed_at >= since]

    def fetch(self, _execution_id: str, places: Sequence[BlockPlace]) -> Callable[[], list[Line]]:
        self.read += places
        return lambda: [
            line
            for place in places
            for line in unpack(
                self._bodies[place.head.chunk_id, place.number],
                place.head.chunk_id,
                place.head.node_id,
            )
        ]

    def source(self) -> LogSource:
        no_archives: Any = None
        return LogSource("e", cast("LogStore", self), cast("ArchiveStore", no_archives), None)
