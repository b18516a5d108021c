"""Which executions may run at once, of a workflow and of a user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from workflows.adapters.executions import ExecutionStore
from workflows.adapters.slots import SlotStore
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
        taken: list[str] = []
        for scope, limit in execution.slots.items():
            if not self._take(scope, limit, execution.execution_id):
                self._free(taken, execution.execution_id)
                return scope
            taken.append(scope)
        return None

    def release(self, execution: Execution) -> None:
        """Take back the slots of an execution, unless it has been resumed or retried meanwhile."""
        if not self._may_run(execution.execution_id):
            self._free(execution.slots, execution.execution_id)

    def reclaim(self, scope: str) -> None:
        """Free the slots of executions whose end nobody has told of."""
        for number, holder in self.slots.holders(scope).items():
            if not self._may_run(holder):
                self.slots.free(scope, number, holder)

    def _may_run(self, execution_id: str) -> bool:
        execution = self.executions.get(execution_id)
        return execution is not None and execution.status in ("pending", "running")

    def _take(self, scope: str, limit: int, execution_id: str) -> bool:
        for _ in range(_RACES):
            holders = self.slots.holders(scope)
            if execution_id in holders.values():
                return True
            free = next((number for number in range(limit) if number not in holders), None)
            # A limit that was lowered since leaves slots beyond it, which count as well.
            if free is None or len(holders) >= limit:
                return False
            if self.slots.take(scope, free, execution_id):
                return True
        return False

    def _free(self, scopes: Iterable[str], execution_id: str) -> None:
        for scope in scopes:
            for number, holder in self.slots.holders(scope).items():
                if holder == execution_id:
                    self.slots.free(scope, number, execution_id)


@cache
def slots() -> Slots:
    return Slots(slot_store(), execution_store())
