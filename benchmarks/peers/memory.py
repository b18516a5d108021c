"""How much memory processes take, with all that they have started; Linux only."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

_PROC = Path("/proc")
_PAUSE_SECONDS = 0.25


def megabytes(pids: Iterable[int]) -> float | None:
    """The memory of processes and their descendants; what several share counts once.

    Returns:
        None where the system does not tell.
    """
    if not (_PROC / "self/smaps_rollup").exists():
        return None
    children = defaultdict(list)
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            # The name, in parentheses, may hold anything.
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children[parent].append(int(path.parent.name))
    left, kilobytes = list(pids), 0
    while left:
        pid = left.pop()
        left += children[pid]
        kilobytes += _proportional_kilobytes(pid)
    return kilobytes / 1000


def peak_megabytes(pids: Iterable[int], work: Callable[[], object]) -> float | None:
    """The most of it while some work is done."""
    roots, found, is_done = list(pids), [megabytes(pids)], threading.Event()

    def watch() -> None:
        while not is_done.wait(_PAUSE_SECONDS):
            found.append(megabytes(roots))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        is_done.set()
        watcher.join()
    return max((each for each in found if each is not None), default=None)


def _proportional_kilobytes(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        # It has ended, or is another's.
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
