"""The indexes of the executions table: executions by time, by status, and by when they are due."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workflows.adapters.dynamodb import Item, Table
from workflows.domain.execution import Status, due_scopes, status_key
from workflows.domain.scopes import Scope

_PAGE_ITEMS = 250


@dataclass(frozen=True, slots=True)
class IdRange:
    """The ids from one text to another: times, since ids sort by the time they were made."""

    first: str = "0"
    last: str = "g"

    def after(self, execution_id: str) -> IdRange:
        """Those of them that come after an id."""
        return IdRange(max(self.first, f"{execution_id} "), self.last)

    def until(self, execution_id: str) -> IdRange:
        """Those of them that come before an id."""
        return IdRange(self.first, min(self.last, f"{execution_id[:-1]}{chr(ord(execution_id[-1]) - 1)}~"))


ALL_IDS = IdRange()


@dataclass(frozen=True, slots=True)
class ExecutionIndexes:
    """What they answer may be some moments behind the table."""

    table: Table

    def page(
        self,
        scope: Scope,
        statuses: Sequence[Status],
        ids: IdRange = ALL_IDS,
        *,
        newest_first: bool,
        offset: int,
        limit: int,
    ) -> list[Item]:
        """Summaries (the index's projection) by time, without the first `offset`, at most `limit`."""
        found = self.walk(scope, statuses, ids, newest_first=newest_first, page_items=offset + limit)
        return list(islice(found, offset, offset + limit))

    def walk(
        self,
        scope: Scope,
        statuses: Sequence[Status],
        ids: IdRange = ALL_IDS,
        *,
        newest_first: bool,
        page_items: int = _PAGE_ITEMS,
    ) -> Iterator[Item]:
        """All summaries by time, read page by page as they are asked for."""
        if ids.first > ids.last:
            return iter(())
        shards = len(scope.partitions)
        # Of shards, each is asked for its share and a little more: seldom is that too few.
        share = page_items if shards == 1 else page_items * 5 // (4 * shards) + 4
        sources = [
            self.table.iterate(
                condition,
                index=index,
                forward=not newest_first,
                page_items=min(share, _PAGE_ITEMS),
                **values,
            )
            for index, condition, values in _list_queries(scope, statuses, ids)
        ]
        merged = heapq.merge(*sources, key=lambda item: item["execution_id"], reverse=newest_first)
        return _distinct(merged)

    def count(self, scope: Scope, statuses: Sequence[Status], ids: IdRange = ALL_IDS) -> int:
        """How many executions a list holds."""
        if ids.first > ids.last:
            return 0
        return sum(
            self.table.count(condition, index=index, **values)
            for index, condition, values in _list_queries(scope, statuses, ids)
        )

    def due(self, until: str, limit: int) -> list[str]:
        """Ids of the executions that are due by `until`, at most `limit`, the longest due first."""
        sources = [
            self.table.iterate(
                "#due_scope = :scope AND #due_at <= :until",
                index="by_due",
                page_items=min(limit, _PAGE_ITEMS),
                scope=scope,
                until=until,
            )
            for scope in due_scopes()
        ]
        merged = heapq.merge(*sources, key=lambda item: item["due_at"])
        return [item["execution_id"] for item in islice(merged, limit)]


def _list_queries(
    scope: Scope, statuses: Sequence[Status], ids: IdRange
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The index, condition and values of the queries that make up a list."""
    for partition in scope.partitions:
        by_scope = f"#{scope.attribute} = :partition"
        if not statuses:
            values = {"partition": partition, "first": ids.first, "last": ids.last}
            yield scope.index, f"{by_scope} AND #execution_id BETWEEN :first AND :last", values
        for status in statuses:
            first, last = status_key(status, ids.first), status_key(status, ids.last)
            yield (
                f"{scope.index}_status",
                f"{by_scope} AND #status_execution_id BETWEEN :first AND :last",
                {"partition": partition, "first": first, "last": last},
            )


def _distinct(items: Iterator[Item]) -> Iterator[Item]:
    # An execution that changes status between two queries is in both of their answers.
    previous = None
    for item in items:
        if item["execution_id"] != previous:
            yield item
        previous = item["execution_id"]
