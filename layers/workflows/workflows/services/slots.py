"""Which executions may run at once, of a workflow and of a user."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from workflows.adapters.executions import ExecutionStore
from workflows.adapters.slots import Holder, Place, SlotStore
from workflows.adapters.stores import execution_store, slot_store
from workflows.domain.execution import Execution

_RACES = 5
"""How often another execution may take a slot that was found free, before this one waits."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking slots.

    Attributes:
        full: The scope that has no slot left; None if the execution may run.
        is_new: Whether it did not have them before.
    """

    full: str | None = None
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Slots:
    slots: SlotStore
    executions: ExecutionStore

    def take(self, execution: Execution) -> Taken:
        """Give a pending execution a slot in each of its scopes, or in none. It may have them already."""
        holder = Holder(execution.execution_id, execution.attempt)
        for _ in range(_RACES):
            places: dict[str, Place] = {}
            for scope, limit in execution.slots.items():
                holders = self.slots.holders(scope)
                if holder in holders.values():
                    continue
                place = _place(holders, limit, holder)
                if place is None:
                    return Taken(full=scope)
                places[scope] = place
            if not places:
                return Taken(is_new=False)
            if self.slots.take(holder, places):
                return Taken()
        return Taken(full=next(iter(execution.slots)))

    def has(self, execution: Execution) -> bool:
        """Whether an execution has its slots, so may have been started."""
        holder = Holder(execution.execution_id, execution.attempt)
        return all(holder in self.slots.holders(scope).values() for scope in execution.slots)

    def release(self, execution: Execution) -> None:
        """Take back the slots of an attempt that is over; a later one keeps what it has taken over."""
        for scope in execution.slots:
            self._free(scope, lambda found: _is_no_later(found, execution))

    def reclaim(self, scope: str) -> list[Holder]:
        """Free the slots of attempts whose end nobody has told of; returns who had them."""
        return self._free(scope, lambda found: not self._may_run(found))

    def _may_run(self, holder: Holder) -> bool:
        execution = self.executions.get(holder.execution_id)
        return (
            execution is not None
            and execution.status in ("pending", "running")
            and execution.attempt == holder.attempt
        )

    def _free(self, scope: str, is_over: Callable[[Holder], bool]) -> list[Holder]:
        over = {number: found for number, found in self.slots.holders(scope).items() if is_over(found)}
        for number, holder in over.items():
            self.slots.free(scope, number, holder)
        return list(over.values())


def _place(holders: Mapping[int, Holder], limit: int, holder: Holder) -> Place | None:
    for number, found in holders.items():
        if found.execution_id == holder.execution_id:
            return Place(number, found) if found.attempt < holder.attempt else None
    # A limit that was lowered since leaves slots beyond it, which count as well.
    free = [number for number in range(limit) if number not in holders]
    if not free or len(holders) >= limit:
        return None
    # Any of them: others look for one at the same time.
    return Place(random.choice(free))  # noqa: S311 (no secrecy needed)


def _is_no_later(holder: Holder, execution: Execution) -> bool:
    return holder.execution_id == execution.execution_id and holder.attempt <= execution.attempt


@cache
def slots() -> Slots:
    return Slots(slot_store(), execution_store())
