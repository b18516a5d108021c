"""Which executions may run at once, of a workflow and of a user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from workflows.adapters.executions import ExecutionStore
from workflows.adapters.slots import Holder, SlotStore
from workflows.adapters.stores import execution_store, slot_store
from workflows.domain.execution import Execution

_RACES = 5
"""How often another execution may take the slot that was found free, before this one waits."""


@dataclass(frozen=True, slots=True)
class Slots:
    slots: SlotStore
    executions: ExecutionStore

    def take(self, execution: Execution) -> str | None:
        """Give an execution a slot in each of its scopes, or in none. It may have them already.

        Returns:
            The scope that has no slot left; None if the execution may run.
        """
        holder = _holder(execution)
        taken: list[str] = []
        for scope, limit in execution.slots.items():
            if not self._take(scope, limit, holder):
                for each in taken:
                    self._free(each, lambda found: found == holder)
                return scope
            taken.append(scope)
        return None

    def release(self, execution: Execution) -> None:
        """Take back the slots of an attempt that is over; a later one keeps what it has taken over."""
        for scope in execution.slots:
            self._free(scope, lambda found: _is_no_later(found, execution))

    def reclaim(self, scope: str) -> None:
        """Free the slots of attempts whose end nobody has told of."""
        self._free(scope, lambda found: not self._may_run(found))

    def _may_run(self, holder: Holder) -> bool:
        execution = self.executions.get(holder.execution_id)
        return (
            execution is not None
            and execution.status in ("pending", "running")
            and execution.attempt == holder.attempt
        )

    def _take(self, scope: str, limit: int, holder: Holder) -> bool:
        for _ in range(_RACES):
            holders = self.slots.holders(scope)
            if holder in holders.values():
                return True
            mine = {n: found for n, found in holders.items() if found.execution_id == holder.execution_id}
            # A limit that was lowered since leaves slots beyond it, which count as well.
            free = next((n for n in range(limit) if n not in holders), None) if len(holders) < limit else None
            number, before = next(iter(mine.items()), (free, None))
            if number is None or (before and before.attempt > holder.attempt):
                return False
            if self.slots.take(scope, number, holder, instead_of=before):
                return True
        return False

    def _free(self, scope: str, is_over: Callable[[Holder], bool]) -> None:
        for number, holder in self.slots.holders(scope).items():
            if is_over(holder):
                self.slots.free(scope, number, holder)


def _holder(execution: Execution) -> Holder:
    return Holder(execution.execution_id, execution.attempt)


def _is_no_later(holder: Holder, execution: Execution) -> bool:
    return holder.execution_id == execution.execution_id and holder.attempt <= execution.attempt


@cache
def slots() -> Slots:
    return Slots(slot_store(), execution_store())
