"""Bounds on the time and the memory that a piece of code may take."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_LOOK_SECONDS = 0.02
_WALL_SHARE = 1.5
_STATM = Path("/proc/self/statm")
_IS_LINUX = sys.platform == "linux"


@contextmanager
def bounded(seconds: float, extra_bytes: int) -> Iterator[None]:
    """Raise TimeoutError or MemoryError in what runs inside once it takes too much.

    A signal comes every 20 ms and looks at both. Between two looks, which is also while a single operation
    of Python's takes long, the kernel lets nobody have half as much again. That wall alone is not enough:
    an interpreter that cannot have the smallest piece of memory may try for ever to raise its MemoryError.

    Only in the main thread, which is where Lambda calls handlers; elsewhere there are no bounds, as
    another thread cannot be interrupted. The memory is bounded on Linux alone, which tells how much it is
    (macOS has no such file, and does not keep the wall).

    Args:
        seconds: How long it may take.
        extra_bytes: How much more than it has the process may take, in address space.
    """
    if seconds <= 0:
        raise TimeoutError
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _wall(extra_bytes), _looks(time.monotonic() + seconds, _taken_bytes() + extra_bytes):
        yield


@contextmanager
def _looks(until: float, most_bytes: int) -> Iterator[None]:
    def look(_: int, __: FrameType | None) -> None:
        # Raised again with each look: the code inside might take the first one for an error of its own.
        if time.monotonic() >= until:
            raise TimeoutError
        if _taken_bytes() > most_bytes:
            raise MemoryError

    before = signal.signal(signal.SIGALRM, look)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        # Once more: a look may have come just before the first; the next is not due yet.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _wall(extra_bytes: int) -> Iterator[None]:
    if not _IS_LINUX:
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _taken_bytes() + int(extra_bytes * _WALL_SHARE)
    known = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([wanted, *known]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _taken_bytes() -> int:
    """The process's address space; where nothing tells it, none."""
    return int(_STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if _IS_LINUX else 0
