"""Counts executions, each state of each exactly once, however often and in whatever order it is told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from workflows.adapters.attribute_values import AttributeValue, from_item
from workflows.adapters.counters import MAX_ACTIONS, Change, CounterStore, Generation, Marker
from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import counter_store
from workflows.domain.errors import Unavailable
from workflows.domain.execution import TERMINAL, Execution, Status
from workflows.domain.tally import Number, Tally, counted, duration_milliseconds

_LOOKS = 5
"""How often what is counted may change under the hand."""

_Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
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
    def of(cls, change: Change) -> Counted:
        tally, before = change.after.tally, change.before
        has_ended = tally.status in TERMINAL and (before is None or before.tally.status != tally.status)
        if not has_ended or tally.completed_at is None:
            return cls(before is None, None, None)
        taken = duration_milliseconds(change.execution.execution_id, tally.completed_at)
        return cls(before is None, tally.status, taken)


def changed_item(new: AttributeValue, old: AttributeValue) -> dict[str, Any] | None:
    """The record of an execution, from the table's stream, if its status is what changed."""
    item = from_item(new)
    return item if item["status"] != from_item(old).get("status") else None


@dataclass(frozen=True, slots=True)
class Tallies:
    counters: CounterStore

    def count(self, items: Iterable[_Item]) -> list[Counted]:
        """Count executions as they are in some items.

        Args:
            items: Records of executions, in any order, older ones among them, deleted ones too.

        Raises:
            Unavailable: Others kept counting the same executions.
        """
        latest: dict[str, _Item] = {}
        for item in items:
            known = latest.get(item["execution_id"])
            if known is None or Tally.of(item).version > Tally.of(known).version:
                latest[item["execution_id"]] = item
        done: list[Counted] = []
        for _ in range(_LOOKS):
            generation = self.counters.generation()
            markers = self.counters.markers(list(latest))
            found = [_change(item, markers.get(id_), generation) for id_, item in latest.items()]
            failed: dict[str, _Item] = {}
            for group in _groups([change for change in found if change is not None]):
                try:
                    self.counters.commit(group)
                except ConditionFailed:
                    failed |= {c.execution.execution_id: latest[c.execution.execution_id] for c in group}
                else:
                    done += map(Counted.of, group)
            if not failed:
                return done
            latest = failed
        raise Unavailable("others keep counting the same executions")


def _change(item: _Item, before: Marker | None, generation: Generation) -> Change | None:
    """What is to be counted; None: nothing."""
    tally = Tally.of(item)
    if before is not None and before.tally.version >= tally.version:
        tally = before.tally
        if before.generation >= generation.newest:
            return None
    execution = Execution.from_item(dict(item))
    if tally.status is not None:
        execution = replace(execution, status=tally.status, completed_at=tally.completed_at)
    numbers: dict[int, Counter[Number]] = {}
    for number in generation.all:
        change = Counter(counted(execution, tally))
        if before is not None and before.generation >= number:
            change.subtract(counted(execution, before.tally))
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
