"""Lists workflows, as their callers may see them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from workflows.adapters.stores import workflow_store
from workflows.adapters.workflow_scopes import WorkflowScope, public_workflows, workflows_of_user
from workflows.adapters.workflows import WorkflowStore
from workflows.domain.access import Caller, require_user
from workflows.domain.workflow import Visibility
from workflows.domain.workflow_names import fold_name
from workflows.domain.workflow_record import WorkflowRecord
from workflows.services.cursors import from_cursor, to_cursor


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    """Which workflows to list, and in which order.

    Attributes:
        visibility: `public`: everybody's public ones; else the caller's own.
        prefix: What their names begin with, whatever the case; the list is in the order of names then, and
            else in the order in which they were made. None: any.
    """

    visibility: Visibility | None = None
    prefix: str | None = None
    descending: bool = True


@dataclass(frozen=True, slots=True)
class WorkflowPage:
    """Some workflows of a list.

    Attributes:
        total: How many the list holds.
        next_cursor: Where to go on; None: there is no more.
    """

    records: Sequence[WorkflowRecord]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class WorkflowLists:
    store: WorkflowStore

    def page(
        self, caller: Caller, wanted: WorkflowFilter, *, offset: int, cursor: str | None, limit: int
    ) -> WorkflowPage:
        """Workflows in order, at most `limit`; without a cursor, after the first `offset`.

        By cursors none comes twice, and none is missed that stays in the list; by name, under its name.

        Raises:
            Unauthenticated: Anonymous callers own nothing.
            Malformed: The cursor is of another list, filter or order.
        """
        scope = _scope(caller, wanted.visibility)
        prefix = None if wanted.prefix is None else fold_name(wanted.prefix)
        range_ = scope.in_order_of_id() if prefix is None else scope.with_prefix(prefix)
        context = json.dumps(["workflows", range_.index, scope.partition, prefix, wanted.descending])
        after = None if cursor is None else from_cursor(cursor, context).decode()
        items = self.store.page(
            range_, descending=wanted.descending, after=after, offset=offset, limit=limit + 1
        )
        total = self.store.count_all(scope) if prefix is None else self.store.count(range_)
        page = [WorkflowRecord.from_item(item) for item in items[:limit]]
        if len(items) == len(page):
            return WorkflowPage(page, total, None)
        last_key: str = items[limit - 1][range_.sort_key]
        return WorkflowPage(page, total, to_cursor(last_key.encode(), context))


def _scope(caller: Caller, visibility: Visibility | None) -> WorkflowScope:
    if visibility == "public":
        return public_workflows()
    return workflows_of_user(require_user(caller, "listing your workflows, not ?visibility=public,"))


@cache
def workflow_lists() -> WorkflowLists:
    return WorkflowLists(workflow_store())
