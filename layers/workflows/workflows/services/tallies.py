"""Counts executions, each state of each exactly once, however often and in whatever order it is told of."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from workflows.adapters.counters import MAX_ACTIONS, Change, CounterStore, Generation, Marker
from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import counter_store
from workflows.domain.errors import Unavailable
from workflows.domain.execution import TERMINAL, Execution, Status
from workflows.domain.tally import Number, Tally, contribution, duration_milliseconds

_LOOKS = 5
"""How often what is counted may change under the hand."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CountedChange:
    """What was new when an execution was counted.

    Attributes:
        is_accepted: It was not counted before.
        ended: The status in which it ended, if it did.
        milliseconds: How long it took from acceptance to that end.
    """

    is_accepted: bool
    ended: Status | None
    milliseconds: int | None

    @classmethod
    def of(cls, change: Change) -> CountedChange:
        tally, before = change.after.tally, change.before
        is_new = before is None or before.tally.version < tally.version
        has_ended = is_new and tally.status in TERMINAL
        if not has_ended or tally.completed_at is None:
            return cls(before is None, None, None)
        taken = duration_milliseconds(change.execution.execution_id, tally.completed_at)
        return cls(before is None, tally.status, taken)


@dataclass(frozen=True, slots=True)
class State:
    """An execution, as it was after some change."""

    execution: Execution
    tally: Tally

    @property
    def execution_id(self) -> str:
        return self.execution.execution_id

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> State:
        """From its record.

        Raises:
            LookupError, TypeError, ValueError: It cannot be read.
        """
        return cls(Execution.from_item(dict(item)), Tally.of(item))


def _nobody(_: CountedChange) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Tallies:
    counters: CounterStore

    def count(
        self, items: Iterable[Mapping[str, Any]], tell: Callable[[CountedChange], None] = _nobody
    ) -> frozenset[str]:
        """Count executions as they are in some items.

        Args:
            items: Records of executions, in any order, older ones among them, deleted ones too.
            tell: Called with what was new, once it is counted.

        Returns:
            The ids of those that cannot be counted, as their records cannot be read.

        Raises:
            Unavailable: Others kept counting the same executions.
        """
        latest: dict[str, State] = {}
        unreadable = set()
        for item in items:
            try:
                state = State.of(item)
            except (LookupError, TypeError, ValueError):
                logger.exception("execution %s cannot be counted", item["execution_id"])
                unreadable.add(item["execution_id"])
            else:
                known = latest.get(state.execution_id, state)
                latest[state.execution_id] = max(known, state, key=lambda each: each.tally.version)
        for _ in range(_LOOKS):
            generation = self.counters.generation()
            markers = self.counters.markers(list(latest))
            changes = [_change(state, markers.get(id_), generation) for id_, state in latest.items()]
            failed: dict[str, State] = {}
            for group in _groups([change for change in changes if change is not None]):
                try:
                    self.counters.commit(group)
                except ConditionFailed:
                    failed |= {c.execution.execution_id: latest[c.execution.execution_id] for c in group}
                else:
                    for change in group:
                        tell(CountedChange.of(change))
            if not failed:
                return frozenset(unreadable)
            latest = failed
        raise Unavailable("others keep counting the same executions")


def _change(state: State, before: Marker | None, generation: Generation) -> Change | None:
    """What is to be counted; None: nothing."""
    tally = state.tally
    if before is not None and before.tally.version >= tally.version:
        tally = before.tally
        if before.generation >= generation.newest:
            return None
    execution = state.execution
    if tally.status is not None:
        execution = replace(execution, status=tally.status, completed_at=tally.completed_at)
    numbers: dict[int, Counter[Number]] = {}
    for number in generation.all:
        change = Counter(contribution(execution, tally))
        if before is not None and before.generation >= number:
            change.subtract(contribution(execution, before.tally))
        numbers[number] = Counter({key: value for key, value in change.items() if value})
    return Change(execution, before, Marker(tally, generation.newest), numbers)


def _groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """As many at a time as a transaction takes; those of the same lists share their counters."""
    group: list[Change] = []
    counters: frozenset[Any] = frozenset()
    for change in changes:
        own = sum(each.own_actions for each in group) + change.own_actions
        if group and own + len(counters | change.counters) > MAX_ACTIONS:
            yield group
            group, counters = [], frozenset()
        group.append(change)
        counters |= change.counters
    if group:
        yield group


@cache
def tallies() -> Tallies:
    return Tallies(counter_store())
