"""Counts all executions anew, in a further generation of counters, while others go on counting."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from workflows.adapters.counters import CounterStore, Generation
from workflows.adapters.execution_indexes import ALL_IDS, ExecutionIndexes
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.stores import counter_store, execution_indexes, execution_store
from workflows.domain.scopes import of_all
from workflows.domain.times import now, parse_time
from workflows.services.tallies import Tallies, tallies

SETTLE_SECONDS = 90
"""How long somebody may go on counting who does not know of the new generation: a function's time-out of a
minute, and what clocks differ by."""

MARGIN_SECONDS = 30
"""What is left of a function's time when it stops, to go on in the next."""

_PAGE_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recount has come.

    Attributes:
        executions: Those that were looked at this time.
        unreadable: Ids of those among them that cannot be counted.
    """

    is_done: bool
    executions: int
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recounts:
    executions: ExecutionStore
    indexes: ExecutionIndexes
    counters: CounterStore
    tallies: Tallies

    def run(self, seconds_left: Callable[[], float]) -> Progress:
        """Begin a recount, or go on with the one that is under way, as far as the time allows.

        Counters are read in the old generation until all are in the new one.

        Raises:
            ConditionFailed: Another one goes on with it at the same time.
        """
        state = self.counters.generation()
        if state.building is None:
            state = self._move(state, replace(state, building=state.active + 1, begun_at=now()))
        self._settle(state)
        walked = 0
        unreadable: set[str] = set()
        while True:
            ids = ALL_IDS.after(state.position) if state.position else ALL_IDS
            found = self.indexes.walk(of_all(), (), ids, newest_first=False, page_items=_PAGE_ITEMS)
            page = [item["execution_id"] for item in islice(found, _PAGE_ITEMS)]
            unreadable |= self.tallies.count(self.executions.records(page))
            walked += len(page)
            if len(page) < _PAGE_ITEMS:
                self._move(state, Generation(active=state.newest))
                return Progress(True, walked, tuple(unreadable))
            state = self._move(state, replace(state, position=page[-1]))
            if seconds_left() < MARGIN_SECONDS:
                return Progress(False, walked, tuple(unreadable))

    def _move(self, old: Generation, new: Generation) -> Generation:
        self.counters.change_generation(old, new)
        return replace(new, revision=old.revision + 1)

    def _settle(self, state: Generation) -> None:
        begun_at = parse_time(state.begun_at or now()).timestamp()
        time.sleep(max(0.0, begun_at + SETTLE_SECONDS - time.time()))


@cache
def recounts() -> Recounts:
    return Recounts(execution_store(), execution_indexes(), counter_store(), tallies())
