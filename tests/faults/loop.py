"""Virtual time: processes that run one at a time, each until it sleeps or waits; a seed orders them.

A process is a greenlet, so that product code runs in it as it is: what it calls may put it to sleep without
its knowing. Nothing here looks at the real clock.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

EPOCH = 1_800_000_000.0
"""Unix time at which every simulated world begins."""


class Future:
    """What a process will return or raise."""

    def __init__(self) -> None:
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.waiting: list[Callable[[], None]] = []

    def resolve(self, value: Any = None, error: BaseException | None = None) -> None:
        """Give it its value or error; what comes later is ignored."""
        if self.done:
            return
        self.done, self.value, self.error = True, value, error
        waiting, self.waiting = self.waiting, []
        for wake in waiting:
            wake()

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


class Process(greenlet):
    """A greenlet with what it runs on behalf of.

    Attributes:
        owner: Whatever the one who started it gave; the services ask who calls by it.
    """

    owner: Any = None


class Loop:
    """Runs processes in the order of their wake-up times.

    Attributes:
        now: Unix time.
        on_time: Called with each new time.
    """

    def __init__(self, on_time: Callable[[float], None] = lambda _: None) -> None:
        self.now = EPOCH
        self.on_time = on_time
        self._serial = count()
        self._queue: list[tuple[float, int, Callable[[], Any]]] = []
        self._hub = getcurrent()
        self._alive: set[Process] = set()

    def at(self, moment: float, action: Callable[[], Any]) -> None:
        """Do something at a time, or now if that has passed."""
        heapq.heappush(self._queue, (max(moment, self.now), next(self._serial), action))

    def spawn(self, run: Callable[[], Any], owner: Any = None, delay: float = 0.0) -> Future:
        """Start a process; its future gets what it returns or raises."""
        future = Future()

        def body() -> None:
            try:
                value = run()
            except GreenletExit:
                raise
            except BaseException as error:
                self._alive.discard(process)
                future.resolve(error=error)
            else:
                self._alive.discard(process)
                future.resolve(value)

        process = Process(body, parent=self._hub)
        process.owner = owner
        self._alive.add(process)
        self.at(self.now + delay, process.switch)
        return future

    def sleep(self, seconds: float) -> None:
        """Let others run until so much time has passed."""
        self.at(self.now + seconds, getcurrent().switch)
        self._hub.switch()

    def wait(self, future: Future, seconds: float | None = None) -> bool:
        """Whether a future is done within some time (None: however long it takes)."""
        if future.done:
            return True
        woken = [False]
        process = getcurrent()

        def wake() -> None:
            if not woken[0]:
                woken[0] = True
                self.at(self.now, process.switch)

        future.waiting.append(wake)
        if seconds is not None:
            self.at(self.now + seconds, wake)
        self._hub.switch()
        return future.done

    def run(self, until: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until a moment, or until it is all over."""
        while self._queue and self._queue[0][0] <= until and not is_over():
            moment, _, action = heapq.heappop(self._queue)
            if moment > self.now:
                self.now = moment
                self.on_time(moment)
            action()

    def close(self) -> None:
        """End all processes that are left."""
        self._queue.clear()
        for process in list(self._alive):
            process.throw(GreenletExit)
        self._alive.clear()


def owner() -> Any:
    """The owner of the process that runs; None outside of processes."""
    process = getcurrent()
    return process.owner if isinstance(process, Process) else None
