"""A discrete-event loop: processes are generators that sleep, or wait for a signal."""

from __future__ import annotations

import heapq
from collections.abc import Generator
from itertools import count
from random import Random
from typing import Any


class Signal:
    """Something that happens at most once, with a value, and that one process waits for."""

    def __init__(self) -> None:
        self.fired = False
        self.value: Any = None
        self.waiting: Process | None = None


Process = Generator[float | Signal, Any, None]
"""Yields seconds to sleep, or a signal to wait for and get the value of."""


class Loop:
    """Runs processes until none can go on.

    Attributes:
        now: Simulated seconds since the start.
        random: As given.
    """

    def __init__(self, random: Random | None = None) -> None:
        """Prepares a loop.

        Args:
            random: Orders what happens at the same time; without it, first come, first served.
        """
        self.now = 0.0
        self.random = random
        self._serial = count()
        self._queue: list[tuple[float, float, int, Process, Any]] = []

    def start(self, process: Process) -> None:
        """Lets a process begin now."""
        self._push(0.0, process, None)

    def fire(self, signal: Signal, value: Any = None) -> None:
        """Wakes who waits for the signal, now or later."""
        assert not signal.fired, "a signal fires once"
        signal.fired, signal.value = True, value
        if signal.waiting is not None:
            self._push(0.0, signal.waiting, value)

    def until(self, moment: float) -> Process:
        """Waits until it is that time: what is left, added to the time before, may fall just short of it."""
        yield max(0.0, moment - self.now)
        while self.now < moment:
            yield moment - self.now

    def run(self) -> None:
        """Returns when nothing is left to happen; what a process raises ends the loop."""
        while self._queue:
            self.now, _, _, process, value = heapq.heappop(self._queue)
            self._resume(process, value)

    def _resume(self, process: Process, value: Any) -> None:
        try:
            wanted = process.send(value)
        except StopIteration:
            return
        if not isinstance(wanted, Signal):
            self._push(wanted, process, None)
        elif wanted.fired:
            self._push(0.0, process, wanted.value)
        else:
            wanted.waiting = process

    def _push(self, seconds: float, process: Process, value: Any) -> None:
        rank = self.random.random() if self.random else 0.0
        heapq.heappush(self._queue, (self.now + seconds, rank, next(self._serial), process, value))
