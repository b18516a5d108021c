"""Deletes executions with all that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.idempotency import IdempotencyStore
from workflows.adapters.log_archives import ArchiveStore
from workflows.adapters.logs import LogStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import (
    archive_store,
    execution_store,
    idempotency_store,
    log_store,
    payload_store,
)
from workflows.domain.access import Caller
from workflows.domain.errors import IllegalTransition
from workflows.domain.times import now
from workflows.domain.transitions import later
from workflows.services.access import controllable
from workflows.services.ends import found_instead
from workflows.services.tallies import Tallies, tallies

GRACE_SECONDS = 60
"""For the last log lines, which come after the status that says that it has ended."""


@dataclass(frozen=True, slots=True)
class Deletions:
    executions: ExecutionStore
    payloads: PayloadStore
    keys: IdempotencyStore
    logs: LogStore
    archives: ArchiveStore
    tallies: Tallies

    def delete(self, caller: Caller, execution_id: str) -> None:
        """Take an execution that has ended out of everybody's sight; the reconciler removes what it left.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            IllegalTransition: It has not ended: cancel it first.
        """
        execution = controllable(self.executions, caller, execution_id, "delete")
        if execution.is_terminal and execution.idempotency_key:
            # The same request is then another execution: this id is never used again.
            self.keys.forget(execution.idempotency_key, execution_id)
        try:
            self.executions.hide(execution_id, due_at=later(now(), GRACE_SECONDS))
        except ConditionFailed as error:
            status = found_instead(error, execution_id).status
            raise IllegalTransition(
                f"the execution is {status}: cancel it before it is deleted", execution_id=execution_id
            ) from error

    def finish(self, execution_id: str) -> None:
        """Remove what is left of a hidden execution, once no node can write to it any more. Idempotent."""
        if self.executions.has_live_lease(execution_id, now()):
            return
        # It has been counted as deleted by now, unless the stream is late.
        self.tallies.count(self.executions.records([execution_id]))
        self.archives.delete_all_files(execution_id)
        self.logs.delete(execution_id)
        self.payloads.delete_objects(execution_id)
        self.executions.purge(execution_id)


@cache
def deletions() -> Deletions:
    return Deletions(
        execution_store(), payload_store(), idempotency_store(), log_store(), archive_store(), tallies()
    )
