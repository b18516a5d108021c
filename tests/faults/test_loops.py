"""Loops under faults: each write of theirs goes wrong in turn, and people pause and cancel in between.

Whatever happens, an iteration is settled once, and the loop comes to what it does when nothing disturbs it.
All calls and faults of the same scenarios, some 3,600, break no rule either: that takes minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.faults.checks import Outcome, compare
from tests.faults.loops import (
    AGAIN,
    BATCHED,
    CALLING,
    NESTED,
    SCENARIOS,
    TURNS,
    cancelling,
    flow,
    graph,
    http,
    loop,
    pausing,
    scenario,
    transform,
)
from tests.faults.plans import READS, Call, Fault, Listing, OneFault
from tests.faults.scenario import Report, play, undisturbed
from workflows.adapters.executions import ExecutionStore

OF_LOOPS = ("runtime/loops.py", "runtime/batches.py", "runtime/iterations.py")
FAULTS = (Fault.REFUSED, Fault.LOST, Fault.KILLED_BEFORE, Fault.KILLED_AFTER)


@cache
def calm(name: str) -> dict[int, Outcome]:
    return play(undisturbed(SCENARIOS[name]), kind=True).outcomes


@cache
def writes() -> list[tuple[str, Call]]:
    """The first write from each call site in the code of loops, with the scenario it is of."""
    return list(_writes())


def _writes() -> Iterator[tuple[str, Call]]:
    known: set[object] = set()
    for name, each in SCENARIOS.items():
        listing = Listing()
        play(each, listing)
        for call, site in listing.calls:
            key = call.operation, call.function, site
            is_of_loops = any(line.startswith(OF_LOOPS) for line in site)
            if is_of_loops and call.operation not in READS and key not in known:
                yield name, call
            known.add(key)


def told(report: Report) -> list[str]:
    return [str(violation) for violation in report.monitor.violations]


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_breaks_no_rule_and_comes_to_its_result(name: str) -> None:
    report = play(SCENARIOS[name])
    compare(report.monitor, report.outcomes, calm(name))

    assert told(report) == []
    assert report.outcomes[0].status == "completed"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_fault_at_each_write_of_a_loop_changes_nothing(fault: Fault) -> None:
    possible = [(name, call) for name, call in writes() if fault in call.possible()]
    assert len(possible) > 10

    for name, call in possible:
        report = play(SCENARIOS[name], OneFault(call.number, fault), kind=True)
        compare(report.monitor, report.outcomes, calm(name))
        assert told(report) == [], (name, call)
        assert report.outcomes[0].status == "completed", (name, call)
        errors = {code for _, code in report.outcomes[0].tolerated}
        # A function that is killed has used a node's one try, and waiting for an answer may use up its time;
        # what is worked out in memory has neither.
        is_blamed = bool(errors & {"function_lost", "http_timeout"})
        assert report.monitor.seen["compared"] == (0 if is_blamed else 1), (name, call)
        assert not is_blamed or name == "calling", (name, call)


@pytest.mark.parametrize(
    "document", [BATCHED, CALLING, TURNS, NESTED], ids=["batched", "calling", "turns", "nested"]
)
def test_loop_that_is_paused_and_resumed_comes_to_the_same(document: dict[str, Any]) -> None:
    expected: Any = None
    attempts = 0
    for moment in (0.3, 0.4, 0.5, 0.8):
        paused = pausing(document, moment)
        expected = expected or play(undisturbed(paused), kind=True).outcomes
        report = play(paused)
        compare(report.monitor, report.outcomes, expected)
        assert told(report) == [], moment
        assert report.outcomes[0].status == "completed", moment
        attempts += report.monitor.seen["paused"]
    assert attempts, "it was over each time before it was paused"


def test_loop_that_is_cancelled_starts_nothing_more() -> None:
    ends = set()
    for moment in (0.3, 0.4, 0.5, 3.0):
        report = play(cancelling(CALLING, moment))
        assert told(report) == [], moment
        ends.add(report.outcomes[0].status)
    assert "cancelled" in ends


def test_rules_notice_an_item_that_is_settled_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks can fail: here nothing is remembered of what an iteration did."""
    read = ExecutionStore.read_nodes

    def forgetful(store: ExecutionStore, execution_id: str, records: Any) -> Any:
        found = read(store, execution_id, records)
        if found is not None:
            for name in [name for name, record in found.nodes.items() if record.path]:
                del found.nodes[name]
        return found

    monkeypatch.setattr(ExecutionStore, "read_nodes", forgetful)
    monkeypatch.setattr("workflows.adapters.executions._unchanged", lambda _: ("", {}))
    kill = next(call for name, call in writes() if name == "calling")

    report = play(SCENARIOS["calling"], OneFault(kill.number + 6, Fault.KILLED_AFTER))

    assert {violation.rule for violation in report.monitor.violations} & {"settled", "overlap"}


def hundred(config: dict[str, Any], *body: dict[str, Any]) -> tuple[int, Counter[str]]:
    """How many Tasks are called, and DynamoDB by them, for a loop over a hundred items (or turns) alone."""
    listing = Listing()
    report = play(scenario("hundred", flow([loop(graph([*body]), **config)])), listing, kind=True)
    assert report.outcomes[0].result["count"] == 100
    calls = [call for call, _ in listing.calls if call.function.startswith(("inline", "http"))]
    tasks = sum(call.service == "lambda" for call in calls)
    return tasks, Counter(call.operation for call in calls if call.service == "dynamodb")


def test_a_hundred_items_in_memory_cost_a_task_and_a_record_a_batch() -> None:
    tasks, calls = hundred({"items": [*range(100)]}, transform("a", "{{item}}"))
    assert tasks == 1 + 10 + 1
    # What is stored of each batch already, and once all the results.
    assert calls["query"] == 10 + 1
    # Of each batch its results and its log; of the three nodes two records and a log each, and some lines.
    assert calls["put_item"] <= 2 * 10 + 3 * 3 + 2
    assert calls["batch_get_item"] <= 2 * tasks


@pytest.mark.parametrize(
    ("settings", "tasks"), [({}, 1 + 10 + 1), (AGAIN, 1 + 100 + 1)], ids=["batched", "each"]
)
def test_a_hundred_items_that_call_out_cost_as_many_tasks_as_batches(
    settings: dict[str, Any], tasks: int
) -> None:
    called, calls = hundred({"items": [*range(100)]}, http("a", **settings))
    assert called == tasks
    # The one read that orders a cancel against the node; others are of configs that a function does not know.
    assert 100 <= calls["batch_get_item"] <= 100 + 2 * tasks


def test_a_hundred_turns_cost_two_tasks_each() -> None:
    tasks, calls = hundred(
        {"loop_type": "until", "condition": "{{index = 100}}"}, transform("a", "{{index}}")
    )
    assert tasks == 1 + 2 * 100 + 1
    # Of a turn: two of its node and its log, the loop's record and its log.
    assert calls["put_item"] <= 5 * 100 + 12
