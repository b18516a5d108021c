"""A view of a log: a fixed set of its lines in the one order of all lines, read as far as it is asked for.

The lines lie in parts (blocks of chunks, or of an archive) whose times overlap, as nodes write at the same
time. What is said of the parts tells which of them a page can touch; no other is read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import itemgetter

from workflows.domain.log_archive import ArchiveBlock
from workflows.domain.log_chunk import BlockPlace, Line, size_of
from workflows.domain.log_entry import Level
from workflows.services.log_filters import LogFilter

_PARTS_AT_ONCE = 64
_LINES_AT_ONCE = 25_000
_BYTES_AT_ONCE = 4 * 1024 * 1024
"""How much is read together, if it is more than one part."""

Position = tuple[int, str, int]
"""Where a line is in the order of all: time, chunk id, number."""


@dataclass(frozen=True, slots=True)
class Part:
    """The least of a log that is read at once.

    Attributes:
        first_at, last_at: Unix milliseconds.
        counts: Lines by level.
        size: Bytes of them, or a little less.
        node_id: Whose lines they are, where `is_of_one_node`; None: the execution's.
    """

    first_at: int
    last_at: int
    counts: Mapping[Level, int]
    size: int
    is_of_one_node: bool
    node_id: str | None
    place: BlockPlace | ArchiveBlock


Fetched = Callable[[], Sequence[Line]]
"""Unpacks the lines of parts that were fetched, in any order."""

Fetch = Callable[[Sequence[Part]], Fetched]


@dataclass(frozen=True, slots=True)
class LogView:
    """The wanted lines of some parts."""

    parts: tuple[Part, ...]
    wanted: LogFilter
    fetch: Fetch

    @classmethod
    def of(cls, parts: Sequence[Part], wanted: LogFilter, fetch: Fetch) -> LogView:
        """The view of the wanted lines of `parts`."""
        return cls(tuple(part for part in parts if _most(part, wanted)), wanted, fetch)

    def count(self) -> int:
        """How many lines there are; reads the parts of which only some lines may be wanted."""
        known = sum(_most(part, self.wanted) for part in self.parts if self._is_exact(part))
        unsure = [part for part in self.parts if not self._is_exact(part)]
        return known + sum(len(self.wanted.select(self.fetch(parts)())) for parts in _slices(unsure))

    def page(self, *, newest_first: bool, offset: int, limit: int) -> Iterator[Line]:
        """At most `limit` lines, without the first `offset`; no more is read than is taken."""
        rest, offset = self._without_first(offset, newest_first)
        lines = rest._in_order(newest_first, offset + limit)
        return islice(_flat(lines), offset, offset + limit)

    def count_and_page(self, *, offset: int, limit: int) -> tuple[int, Iterator[Line]]:
        """`count` and, oldest first, `page`; where either must read all, it is read once."""
        if any(self._is_exact(part) for part in self.parts):
            return self.count(), self.page(newest_first=False, offset=offset, limit=limit)
        count = size = 0
        kept: list[Line] = []
        for batch in self.batches():
            for line in batch[max(0, offset - count) : max(0, offset + limit - count)]:
                if size > _BYTES_AT_ONCE:
                    break
                kept.append(line)
                size += size_of(line)
            count += len(batch)
        return count, iter(kept)

    def page_after(self, position: Position, *, newest_first: bool, limit: int) -> Iterator[Line]:
        """At most `limit` lines that come after `position`, which is a line's; as `page`."""
        parts = tuple(
            part
            for part in self.parts
            if (part.first_at <= position[0] if newest_first else part.last_at >= position[0])
        )

        def fetch(wanted_parts: Sequence[Part]) -> Fetched:
            fetched = self.fetch(wanted_parts)
            if newest_first:
                return lambda: [line for line in fetched() if line[:3] < position]
            return lambda: [line for line in fetched() if line[:3] > position]

        view = LogView(parts, self.wanted, fetch)
        return islice(_flat(view._in_order(newest_first, limit, after=position[0])), limit)

    def batches(self) -> Iterator[Sequence[Line]]:
        """All lines in order, some thousands at a time; the next parts are read meanwhile."""
        parts = sorted(self.parts, key=lambda part: part.first_at)
        slices = _slices(parts)
        waiting: list[Line] = []
        for number, lines in enumerate(self._read_ahead(slices), start=1):
            waiting += self.wanted.select(lines)
            # By time alone first, which is quick; that leaves a few of equal times to be put right.
            waiting.sort(key=itemgetter(0))
            waiting.sort()
            if number < len(slices):
                # Lines before all that is not read yet are next for certain.
                ready = bisect_left(waiting, slices[number][0].first_at, key=lambda line: line[0])
                yield waiting[:ready]
                del waiting[:ready]
        yield waiting

    def _read_ahead(self, slices: Sequence[Sequence[Part]]) -> Iterator[Sequence[Line]]:
        # Unpacking waits until its turn: two threads that both compute hinder each other.
        with ThreadPoolExecutor(max_workers=1) as reader:
            coming = deque(reader.submit(self.fetch, parts) for parts in slices[:1])
            for parts in slices[1:]:
                coming.append(reader.submit(self.fetch, parts))
                yield coming.popleft().result()()
            for last in coming:
                yield last.result()()

    def _is_exact(self, part: Part) -> bool:
        return (
            self.wanted.text is None
            and (part.is_of_one_node or self.wanted.node_id is None)
            and self.wanted.spans(part.first_at, part.last_at)
        )

    def _without_first(self, offset: int, newest_first: bool) -> tuple[LogView, int]:
        """The view without parts that are in the first `offset` lines for certain, and what is left of it."""
        edge, start = _edges(newest_first)
        sizes = {id(part): _most(part, self.wanted) for part in self.parts}
        by_start = sorted(self.parts, key=start)
        starts = [start(part) for part in by_start]
        before = [0, *accumulate(sizes[id(part)] for part in by_start)]
        skipped = set()
        left = offset
        for part in sorted(self.parts, key=edge):
            # No more lines than these can come before its last one, or be it.
            if before[bisect_right(starts, edge(part))] > offset:
                break
            if self._is_exact(part):
                skipped.add(id(part))
                left -= sizes[id(part)]
        return LogView(tuple(p for p in self.parts if id(p) not in skipped), self.wanted, self.fetch), left

    def _in_order(
        self, newest_first: bool, needed: int, *, after: int | None = None
    ) -> Iterator[Sequence[Line]]:
        """Lines in order; parts are read no sooner than the first `needed` lines may be in them.

        Args:
            after: A time from which on lines are wanted: parts that it is within are read first.
        """
        sign = -1 if newest_first else 1
        _, start = _edges(newest_first)
        parts = sorted(self.parts, key=start)
        starts = [start(part) for part in parts]
        waiting: list[Line] = []
        opened = 0
        while opened < len(parts):
            # Lines before all that is not read yet are next for certain.
            ready = bisect_left(waiting, starts[opened], key=lambda line: sign * line[0])
            if ready:
                yield waiting[:ready]
                del waiting[:ready]
                needed -= ready
            if needed <= 0:
                return
            if after is not None and starts[opened] <= sign * after:
                until = min(_end(parts, opened), bisect_right(starts, sign * after, lo=opened))
            else:
                until = self._next(parts, starts, opened, waiting, needed, sign)
            waiting += self.wanted.select(self.fetch(parts[opened:until])())
            waiting.sort(reverse=newest_first)
            opened = until
        yield waiting

    def _next(
        self,
        parts: Sequence[Part],
        starts: Sequence[int],
        opened: int,
        waiting: Sequence[Line],
        needed: int,
        sign: int,
    ) -> int:
        """Up to which part to read on."""
        last = _end(parts, opened)
        if len(waiting) >= needed:
            # What begins later than the last line that is needed is not.
            return min(last, bisect_right(starts, sign * waiting[needed - 1][0], lo=opened))
        expected = len(waiting)
        until = opened
        while until < last and expected < needed:
            expected += _most(parts[until], self.wanted)
            until += 1
        return until


def _slices(parts: Sequence[Part]) -> list[Sequence[Part]]:
    """Parts that are read together."""
    slices = []
    start = 0
    while start < len(parts):
        end = _end(parts, start)
        slices.append(parts[start:end])
        start = end
    return slices


def _end(parts: Sequence[Part], start: int) -> int:
    """Up to which part those from `start` on may be read together; that one at least."""
    lines = size = 0
    end = start
    for part in parts[start : start + _PARTS_AT_ONCE]:
        lines += sum(part.counts.values())
        size += part.size
        if end > start and (lines > _LINES_AT_ONCE or size > _BYTES_AT_ONCE):
            break
        end += 1
    return end


def _most(part: Part, wanted: LogFilter) -> int:
    """How many wanted lines a part may hold."""
    if part.is_of_one_node and wanted.node_id not in (None, part.node_id):
        return 0
    if not wanted.meets(part.first_at, part.last_at):
        return 0
    return sum(count for level, count in part.counts.items() if wanted.takes_level(level))


def _edges(newest_first: bool) -> tuple[Callable[[Part], int], Callable[[Part], int]]:
    """Where a part ends and where it starts, as numbers that rise in the order that is read."""
    if newest_first:
        return (lambda part: -part.first_at), (lambda part: -part.last_at)
    return (lambda part: part.last_at), (lambda part: part.first_at)


def _flat(batches: Iterator[Sequence[Line]]) -> Iterator[Line]:
    for batch in batches:
        yield from batch
