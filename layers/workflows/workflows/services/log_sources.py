"""Where the lines of an execution are: in chunks, and in the archive where chunks may be gone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflows.adapters.log_archives import ArchiveStore
from workflows.adapters.log_blocks import BLOCK_BYTES
from workflows.adapters.logs import LogStore
from workflows.domain.log_archive import Archive, ArchiveBlock
from workflows.domain.log_chunk import NONE, BlockPlace, ChunkHead, Known, distinct
from workflows.domain.times import now
from workflows.services.log_filters import LogFilter
from workflows.services.log_views import Fetched, LogView, Part


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The chunks that had come at a moment, without those of one before.

    Attributes:
        heads: Of the chunks that `known` holds and the earlier snapshot did not.
        excess: Of those that came in the last seconds beyond what `known` can name: the next one has them.
    """

    heads: Sequence[ChunkHead]
    excess: Sequence[ChunkHead]
    known: Known


@dataclass(frozen=True, slots=True)
class LogSource:
    """The log of one execution.

    Attributes:
        archive: Where lines are to be read from it: chunks that it holds may be gone.
    """

    execution_id: str
    store: LogStore
    archives: ArchiveStore
    archive: Archive | None

    @classmethod
    def of(
        cls, execution_id: str, store: LogStore, archives: ArchiveStore, archive: Archive | None
    ) -> LogSource:
        """Args: archive: The execution's, if there is one."""
        is_needed = archive is not None and archive.chunks_until <= time.time()
        return cls(execution_id, store, archives, archive if is_needed else None)

    @property
    def version(self) -> str:
        """Of the archive that lines are read from; positions in one mean nothing elsewhere."""
        return self.archive.version if self.archive else ""

    def without_archive(self) -> LogSource:
        """What there is where the archive's files are gone."""
        return replace(self, archive=None)

    def snapshot(self, before: Known) -> Snapshot:
        """The chunks that there are now and were not `before`."""
        read_at = now()
        heads = self._heads(before)
        known = Known.of(heads, read_at, before)
        new = self._new(heads, before)
        excess = [head for head in new if not known.holds(head)]
        return Snapshot([head for head in new if known.holds(head)], excess, known)

    def all(self) -> list[ChunkHead]:
        """All chunks that there are."""
        return self._new(self._heads(NONE), NONE)

    def restore(self, before: Known, known: Known) -> list[ChunkHead]:
        """The chunks of an earlier snapshot."""
        return [head for head in self._new(self._heads(before), before) if known.holds(head)]

    def latest(self, limit: int) -> list[ChunkHead]:
        """The chunks that were written last."""
        heads = self.store.latest_heads(self.execution_id, limit)
        return [head for head in heads if not self._is_archived(head)]

    def view(self, heads: Sequence[ChunkHead], wanted: LogFilter, *, from_archive: bool) -> LogView:
        """The wanted lines of some chunks, and of the archive."""
        parts = [_chunk_part(head, number) for head in heads for number in range(len(head.blocks))]
        if from_archive and self.archive:
            parts += [_archive_part(block) for block in self.archive.blocks]
        return LogView.of(parts, wanted, self._fetch)

    def _heads(self, before: Known) -> list[ChunkHead]:
        since = max(before.until, self.archive.known.until if self.archive else "")
        return self.store.heads(self.execution_id, since)

    def _new(self, heads: Sequence[ChunkHead], before: Known) -> list[ChunkHead]:
        return [head for head in distinct(heads) if not before.holds(head) and not self._is_archived(head)]

    def _is_archived(self, head: ChunkHead) -> bool:
        return self.archive is not None and self.archive.known.holds(head)

    def _fetch(self, parts: Sequence[Part]) -> Fetched:
        places = [part.place for part in parts]
        in_chunks = self.store.fetch(self.execution_id, [p for p in places if isinstance(p, BlockPlace)])
        blocks = [place for place in places if isinstance(place, ArchiveBlock)]
        if not blocks or not self.archive:
            return in_chunks
        in_archive = self.archives.fetch(self.archive, blocks)
        return lambda: in_chunks() + in_archive()


def _chunk_part(head: ChunkHead, number: int) -> Part:
    block = head.blocks[number]
    return Part(
        first_at=block.first_at,
        last_at=block.last_at,
        counts=block.counts,
        size=BLOCK_BYTES,
        is_of_one_node=True,
        node_id=head.node_id,
        place=BlockPlace(head, number),
    )


def _archive_part(block: ArchiveBlock) -> Part:
    return Part(
        first_at=block.first_at,
        last_at=block.last_at,
        counts=block.counts,
        size=block.size,
        is_of_one_node=False,
        node_id=None,
        place=block,
    )
