"""Cancels all executions that a filter names."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from workflows.adapters.execution_indexes import ExecutionIndexes
from workflows.adapters.stores import execution_indexes
from workflows.domain.access import Caller, require_user
from workflows.domain.errors import IllegalTransition, NotFound
from workflows.domain.transitions import sources_of
from workflows.services.ends import Cancels, cancels
from workflows.services.execution_lists import ExecutionLists, ListFilter, execution_lists


@dataclass(slots=True)
class Cancelled:
    """What a bulk cancel came to.

    Attributes:
        cancelled: How many it cancelled.
        ended: How many ended by themselves before it reached them.
        more: Whether some are left, as the time was up: call again.
    """

    cancelled: int = 0
    ended: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class BulkCancels:
    indexes: ExecutionIndexes
    lists: ExecutionLists
    cancels: Cancels

    def cancel(
        self, caller: Caller, wanted: ListFilter, until: float, tell: Callable[[str], None]
    ) -> Cancelled:
        """Cancel what the filter names and has not ended, oldest first; of users, only what they started.

        Args:
            until: Unix time at which it stops short.
            tell: Gets the id of each execution that it has cancelled.

        Raises:
            Unauthenticated: Anonymous callers cancel one at a time, by its secret.
            NotFound, Forbidden: As for listing the same executions.
        """
        user_id = require_user(caller, "cancelling several executions")
        if not caller.is_admin:
            wanted = replace(wanted, user_id=wanted.user_id or user_id)
        done = Cancelled()
        scope = self.lists.scope(caller, wanted)
        statuses = wanted.statuses or sources_of("cancelled")
        for item in self.indexes.walk(scope, statuses, newest_first=False):
            if time.time() >= until:
                done.more = True
                break
            self._cancel_one(caller, item["execution_id"], done, tell)
        return done

    def _cancel_one(
        self, caller: Caller, execution_id: str, done: Cancelled, tell: Callable[[str], None]
    ) -> None:
        try:
            self.cancels.cancel(caller, execution_id)
        except (IllegalTransition, NotFound):
            done.ended += 1
        else:
            done.cancelled += 1
            tell(execution_id)


@cache
def bulk_cancels() -> BulkCancels:
    return BulkCancels(execution_indexes(), execution_lists(), cancels())
