"""What lists, totals and statistics of executions cost to read, of a thousand and of a million.

The code is the product's, from the service down to the call; a made-up table answers, which holds as many
executions as it is told, and whose units are worked out by AWS's published rules.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from os import environ
from unittest.mock import patch

from benchmarks.lists.engine import Engine, Executions, user_id, workflow_id
from benchmarks.rows import Rows
from tests.integration.aws import ENVIRONMENT
from workflows.adapters import dynamodb
from workflows.adapters.counters import SHARDS
from workflows.adapters.dynamodb import Table
from workflows.domain.access import Caller
from workflows.domain.execution import STATUSES
from workflows.domain.tally import bucket_name, day_period
from workflows.domain.times import to_milliseconds
from workflows.services.execution_lists import ListFilter, ListPage, execution_lists
from workflows.services.statistics import execution_statistics

SIZES = (1_000, 100_000, 1_000_000)
MAX_UNITS = 12
MAX_GROWTH = 1.1
_ADMIN = Caller("admin", "boss")

Read = Callable[[Engine], object]


def measure(rows: Rows) -> None:
    """Reads each kind of page, and puts what it cost where there were few executions and where many."""
    environ.update(ENVIRONMENT)
    sizes = ", ".join(f"{size:,}" for size in SIZES)
    for name, read in READS.items():
        measured = [_measure(count, read) for count in SIZES]
        units = [each for each, _ in measured]
        rows.at_most(f"{name}: read units, most of {sizes}", max(units), MAX_UNITS, "{:g}")
        rows.at_most("  the most beside the least", max(units) / min(units), MAX_GROWTH, "{:.2f} x")
        assert all(calls == measured[0][1] for _, calls in measured), (
            f"{name}: other calls where there are more"
        )
        rows.add("  calls", ", ".join(measured[0][1]))


def _measure(count: int, read: Read) -> tuple[float, list[str]]:
    engine = Engine(Executions(count))
    with ExitStack() as stack:
        stack.enter_context(patch.object(dynamodb, "client", lambda *_, **__: engine))
        stack.enter_context(patch("workflows.services.cursors.master_secret", lambda: b"secret"))
        _count(engine)
        engine.units, engine.calls = 0, []
        read(engine)
    return engine.units, sorted(f"{engine.calls.count(call)} {call}" for call in set(engine.calls))


def _count(engine: Engine) -> None:
    """Leave the counters as counting would have: numbers of as many digits, in each shard."""
    table = Table(ENVIRONMENT["COUNTERS_TABLE"])
    number = max(1, engine.executions.count // 4)
    names = (
        "all_scope#all",
        f"workflow_scope#{workflow_id(3)}",
        f"user_workflow_scope#{user_id(0)}#{workflow_id(3)}",
    )
    for counter in (f"1#{shard}#{name}" for name in names for shard in range(SHARDS)):
        table.put({"counter": counter, "period": "total", **dict.fromkeys(STATUSES, number)})
        for day in range(1, 31):
            at = f"2026-01-{day:02}T00:00:00.000Z"
            durations = {bucket_name(2**doubling): number for doubling in range(8, 20)}
            numbers = dict.fromkeys(("started", "completed", "failed", "cancelled", "milliseconds"), number)
            table.put({"counter": counter, "period": day_period(at), **numbers, **durations})


def _page(wanted: ListFilter, limit: int = 50, offset: int = 0) -> Read:
    def read(_: Engine) -> ListPage:
        page = execution_lists().page(_ADMIN, wanted, offset=offset, cursor=None, limit=limit)
        assert page.items, "there should be some"
        return page

    return read


def _next_page(wanted: ListFilter) -> Read:
    """A page in the middle of the list, by a cursor."""

    def read(engine: Engine) -> ListPage:
        lists = execution_lists()
        first = lists.page(_ADMIN, wanted, offset=500, cursor=None, limit=1)
        engine.units, engine.calls = 0, []
        return lists.page(_ADMIN, wanted, offset=0, cursor=first.next_cursor, limit=50)

    return read


def _statistics(wanted: ListFilter) -> Read:
    def read(_: Engine) -> object:
        until = replace(wanted, before=to_milliseconds("2026-01-31T00:00:00.000Z"))
        found = execution_statistics().get(_ADMIN, until, "day")
        assert found.whole.started
        return found

    return read


_OF_WORKFLOW = ListFilter(workflow_id=workflow_id(3))
_OF_USER_AND_WORKFLOW = ListFilter(user_id=user_id(0), workflow_id=workflow_id(3))
READS: dict[str, Read] = {
    "first page of 50, of all": _page(ListFilter()),
    "first page of 50, of one workflow": _page(_OF_WORKFLOW),
    "page of 50 by cursor, of all": _next_page(ListFilter()),
    "a rare status, of all (10 executions)": _page(ListFilter(statuses=("paused",))),
    "three statuses, of one workflow": _page(
        replace(_OF_WORKFLOW, statuses=("completed", "failed", "paused"))
    ),
    "a user's executions of one workflow, first page": _page(_OF_USER_AND_WORKFLOW),
    "total of all, beside a page of 1": _page(ListFilter(), limit=1),
    "total of a status, beside a page of 1": _page(ListFilter(statuses=("completed",)), limit=1),
    "statistics of 30 days, of one workflow": _statistics(_OF_WORKFLOW),
}
