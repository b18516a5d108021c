"""One stack for all processes of a test run: the first one in starts it, the last one out ends it."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from local import stack as local_stack
from local.stack import Stack


@contextmanager
def shared_stack(home: Path) -> Iterator[Stack]:
    """The stack in `home`, started unless another process has done it.

    The locks are the kernel's: a process that is killed gives its own up, and the last one still is the last.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "in-use.lock").open("w") as in_use:
        fcntl.flock(in_use, fcntl.LOCK_SH)
        try:
            with (home / "starting.lock").open("w") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                stack = local_stack.up(home, _free_port())
            yield stack
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                local_stack.destroy(home)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
