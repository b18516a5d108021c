"""Deletes executions with all that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import execution_store, log_store, payload_store
from workflows.domain.access import Caller
from workflows.domain.errors import IllegalTransition
from workflows.domain.times import now
from workflows.services.access import controllable


@dataclass(frozen=True, slots=True)
class Deletions:
    executions: ExecutionStore
    payloads: PayloadStore
    logs: LogStore

    def delete(self, caller: Caller, execution_id: str) -> None:
        """Delete an execution that has ended. What is cut off in between, the reconciler finishes.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            IllegalTransition: It has not ended: cancel it first.
        """
        execution = controllable(self.executions, caller, execution_id, "delete")
        try:
            self.executions.hide(execution_id, due_at=now())
        except ConditionFailed as error:
            raise IllegalTransition(
                f"the execution is {execution.status}: cancel it before it is deleted",
                execution_id=execution_id,
            ) from error
        self.finish(execution_id)

    def finish(self, execution_id: str) -> None:
        """Remove what is left of a hidden execution. Idempotent."""
        self.logs.delete(execution_id)
        self.payloads.delete_objects(execution_id, self.executions.payloads(execution_id))
        self.executions.purge(execution_id)


@cache
def deletions() -> Deletions:
    return Deletions(execution_store(), payload_store(), log_store())
