"""Lists executions, as their callers may see them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from typing import Any

from workflows.adapters.counters import CounterStore
from workflows.adapters.execution_indexes import ExecutionIndexes, IdRange
from workflows.adapters.stores import counter_store, execution_indexes, workflow_store
from workflows.adapters.workflows import WorkflowStore
from workflows.domain.access import (
    Caller,
    has_owner_rights,
    require_executions_of,
    require_user,
    require_workflow,
)
from workflows.domain.execution import STATUSES, Status
from workflows.domain.ids import first_id
from workflows.domain.scopes import (
    Scope,
    of_all,
    of_public_workflow,
    of_user,
    of_user_and_workflow,
    of_workflow,
)
from workflows.services.cursors import from_cursor, to_cursor


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which executions to list; None: any that the caller may see.

    Attributes:
        since: Accepted at this time or later, in Unix milliseconds.
        before: Accepted earlier.
    """

    workflow_id: str | None = None
    user_id: str | None = None
    label: str | None = None
    statuses: tuple[Status, ...] = ()
    since: int | None = None
    before: int | None = None
    newest_first: bool = True

    @property
    def has_times(self) -> bool:
        return self.since is not None or self.before is not None

    @property
    def ids(self) -> IdRange:
        """The ids of the time that is wanted."""
        first = "0" if self.since is None else first_id(self.since)
        return IdRange(first, "g" if self.before is None else first_id(self.before))


@dataclass(frozen=True, slots=True)
class ListPage:
    """Some executions of a list.

    Attributes:
        items: Their summaries.
        total: How many the list holds; of changes of the last seconds it may not know yet.
        next_cursor: Where to go on; None: there is no more.
    """

    items: Sequence[dict[str, Any]]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ExecutionLists:
    indexes: ExecutionIndexes
    workflows: WorkflowStore
    counters: CounterStore

    def page(
        self, caller: Caller, wanted: ListFilter, *, offset: int, cursor: str | None, limit: int
    ) -> ListPage:
        """Executions by time of acceptance, at most `limit`; without a cursor, after the first `offset`.

        Users see their own executions; of one workflow, those that its owner or the public may see. By
        cursors none comes twice, and none is missed whose status, where that is a filter, stays as it is.

        Raises:
            NotFound: The workflow does not exist, or the caller may not know of it.
            Unauthenticated: An anonymous caller must name a public workflow.
            Forbidden: Only admins may ask for another user's.
            Malformed: The cursor is of another list, filter or order.
        """
        scope = self.scope(caller, wanted)
        context = json.dumps(["executions", *astuple(scope), *astuple(wanted)])
        ids = wanted.ids
        known_total: int | None = None
        if cursor is not None:
            last_id, _, text = from_cursor(cursor, context).decode().partition(" ")
            known_total = int(text) if text else None
            ids = ids.until(last_id) if wanted.newest_first else ids.after(last_id)
        items = self.indexes.page(
            scope, wanted.statuses, ids, newest_first=wanted.newest_first, offset=offset, limit=limit + 1
        )
        page = items[:limit]
        is_last = len(items) == len(page)
        if cursor is None and is_last and (items or not offset):
            total = offset + len(items)
        elif known_total is not None:
            total = known_total
        else:
            total = self._total(scope, wanted)
            if cursor is None:
                # Counters are some seconds behind: what was seen just now is more than they may know.
                total = max(total, offset + len(items)) if items else min(total, offset)
        if is_last:
            return ListPage(page, total, None)
        position = page[-1]["execution_id"]
        if wanted.has_times:
            # To count a time costs what is in it: once for all pages.
            position += f" {total}"
        return ListPage(page, total, to_cursor(position.encode(), context))

    def _total(self, scope: Scope, wanted: ListFilter) -> int:
        if not wanted.has_times:
            return self.counters.total(scope.name, wanted.statuses or STATUSES)
        return self.indexes.count(scope, wanted.statuses, wanted.ids)

    def scope(self, caller: Caller, wanted: ListFilter) -> Scope:
        """The list that a filter means to a caller; errors as for `page`."""
        scope = self._scope(caller, wanted)
        if wanted.label is None:
            return scope
        if scope.attribute == "public_scope":
            # The labels of others' executions are not shown.
            user_id = require_user(caller, "listing executions by label")
            scope = of_user_and_workflow(user_id, wanted.workflow_id or "")
        return scope.labelled(wanted.label)

    def _scope(self, caller: Caller, wanted: ListFilter) -> Scope:
        user_id = wanted.user_id
        if user_id is not None:
            require_executions_of(caller, user_id)
        if wanted.workflow_id is None:
            if user_id is None and caller.is_admin:
                return of_all()
            return of_user(
                user_id or require_user(caller, "listing executions other than by a public workflow_id")
            )
        if user_id is not None:
            return of_user_and_workflow(user_id, wanted.workflow_id)
        return self._workflow_scope(caller, wanted.workflow_id)

    def _workflow_scope(self, caller: Caller, workflow_id: str) -> Scope:
        if caller.is_admin:
            return of_workflow(workflow_id)
        workflow = self.workflows.current(workflow_id)
        if workflow is not None and has_owner_rights(caller, workflow.owner_id):
            return of_workflow(workflow_id)
        if workflow is not None and workflow.visibility == "public":
            return of_public_workflow(workflow_id)
        if caller.user_id is None:
            require_workflow(caller, workflow_id, workflow)
        # Own executions stay in reach when a workflow became private or was deleted.
        return of_user_and_workflow(caller.user_id, workflow_id)


@cache
def execution_lists() -> ExecutionLists:
    return ExecutionLists(execution_indexes(), workflow_store(), counter_store())
