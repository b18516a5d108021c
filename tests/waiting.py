"""Waiting on a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(read: Callable[[], T], is_met: Callable[[T], bool], seconds: float = 60.0) -> T:
    """What `read` gives once `is_met` holds of it.

    Raises:
        AssertionError: It did not in time; the message shows the last one.
    """
    deadline = time.monotonic() + seconds
    while not is_met(found := read()):
        assert time.monotonic() < deadline, f"not met within {seconds} s: {found}"
        time.sleep(0.1)
    return found
