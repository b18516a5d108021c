"""Writes files of logs, in the memory of some ten thousands of lines."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from workflows.adapters.log_archives import BlockPacker
from workflows.adapters.object_store import Upload
from workflows.domain.execution import Execution
from workflows.domain.log_archive import LogFormat
from workflows.domain.log_chunk import Line, size_of
from workflows.services.log_formats import FILE_FORMATS
from workflows.services.log_views import LogView

_BLOCK_LINES = 2_000
_BLOCK_BYTES = 512 * 1024
"""The least of an archive that is read at once: no more lines, nor many more bytes."""

_WAITING_BLOCKS = 6


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file that is written.

    Attributes:
        packer: What compresses it; None: nothing does.
        is_indexed: Whether the packer's blocks are to be told from one another.
    """

    log_format: LogFormat
    upload: Upload
    packer: BlockPacker | None
    is_indexed: bool = False

    def write(self, text: str) -> None:
        self.upload.write(self.packer.text(text) if self.packer else text.encode())

    def write_lines(self, text: str, lines: Sequence[Line]) -> None:
        """Write `lines` as `text`."""
        if self.packer and self.is_indexed:
            self.upload.write(self.packer.block(text, lines))
        else:
            self.write(text)

    def end(self) -> None:
        if self.packer:
            self.upload.write(self.packer.end())


def write_files(files: Sequence[LogFile], execution: Execution, view: LogView) -> int:
    """Write the lines of a view to several files at once; returns how many there were."""
    with _no_collection():
        return _write_files(files, execution, view)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Lines make no cycles, and a quarter of the time would go into looking for some among them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write_files(files: Sequence[LogFile], execution: Execution, view: LogView) -> int:
    about = {"execution_id": execution.execution_id, "workflow_id": execution.workflow_id}
    for file in files:
        file.write(FILE_FORMATS[file.log_format].head(about))
    total = 0
    with _Writer() as writer:
        for batch in view.batches():
            for lines in _blocks(batch, is_indexed=any(file.is_indexed for file in files)):
                for file in files:
                    text = FILE_FORMATS[file.log_format].lines(lines, total == 0)
                    writer.do(partial(file.write_lines, text, lines))
                total += len(lines)
    for file in files:
        file.write(FILE_FORMATS[file.log_format].tail(total))
        file.end()
    return total


class _Writer:
    """Does what it is given in a thread of its own, in order: compression leaves others the interpreter."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._under_way: deque[Future[None]] = deque()

    def do(self, work: Callable[[], None]) -> None:
        """Have some work done, once not too much of it waits; raises what earlier work raised."""
        self._under_way.append(self._thread.submit(work))
        while len(self._under_way) > _WAITING_BLOCKS:
            self._under_way.popleft().result()

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=kind is not None)
        if kind is None:
            for work in self._under_way:
                work.result()


def _blocks(lines: Sequence[Line], *, is_indexed: bool) -> Iterator[Sequence[Line]]:
    for start in range(0, len(lines), _BLOCK_LINES):
        block = lines[start : start + _BLOCK_LINES]
        if is_indexed:
            yield from _halves(block)
        else:
            yield block


def _halves(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    if len(lines) == 1 or sum(map(size_of, lines)) <= _BLOCK_BYTES:
        yield lines
    else:
        middle = len(lines) // 2
        yield from _halves(lines[:middle])
        yield from _halves(lines[middle:])
