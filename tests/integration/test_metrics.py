"""What functions tell CloudWatch beside what AWS tells it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.archives import archive, later
from tests.integration.callers import authorize
from tests.integration.conftest import World
from tests.integration.emitted import emitted, sums
from tests.integration.test_main_job import GREETING
from tests.integration.test_reconciler import stop_in_the_console
from tests.monitoring import STACK_NAME, dashboard_metrics
from workflows.services.launches import Launches
from workflows.services.reconciler import Reconciler

Printed = pytest.CaptureFixture[str]


def test_minute_in_which_there_is_nothing_to_do_is_told_of(world: World, capsys: Printed) -> None:
    """The alarm about a reconciler that is silent lives by this."""
    world.reconcile()
    assert sums(capsys.readouterr().out) == {"ExecutionsNotReconciled": 0}


def test_reconciler_that_fails_is_silent(
    world: World, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Reconciler, "run", fail)
    with pytest.raises(RuntimeError, match="broken"):
        world.reconcile()
    assert not sums(capsys.readouterr().out)


def test_end_that_only_the_reconciler_saw_is_a_repair_once(
    world: World, capsys: Printed, caplog: pytest.LogCaptureFixture
) -> None:
    execution_id = world.accept(world.save(GREETING))
    world.begin(execution_id)
    stop_in_the_console(world, execution_id)
    capsys.readouterr()
    world.reconcile(after_seconds=61)
    assert sums(capsys.readouterr().out) == {"RepairsSettled": 1, "ExecutionsNotReconciled": 0}
    world.reconcile(after_seconds=200)
    assert sums(capsys.readouterr().out) == {"ExecutionsNotReconciled": 0}
    assert [
        (record.levelname, getattr(record, "repair", None), getattr(record, "execution_id", None))
        for record in caplog.records
        if record.getMessage() == "repaired"
    ] == [("WARNING", "settled", execution_id)]


def test_end_that_is_known_is_no_repair(world: World, capsys: Printed) -> None:
    execution_id = world.accept(world.save(GREETING))
    world.begin(execution_id)
    assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200
    capsys.readouterr()
    assert world.reconcile(after_seconds=61) == {"cancelled": 1}
    assert sums(capsys.readouterr().out) == {"ExecutionsNotReconciled": 0}


def test_execution_that_was_accepted_and_never_started_is_a_repair(
    world: World, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Launches, "launch", lambda *_, **__: None)
        execution_id = world.accept(world.save(GREETING))
    capsys.readouterr()
    world.reconcile(after_seconds=61)
    assert world.has_started(execution_id)
    assert sums(capsys.readouterr().out) == {"RepairsStarted": 1, "ExecutionsNotReconciled": 0}


def test_time_that_is_over_is_a_repair(world: World, capsys: Printed) -> None:
    execution_id = world.accept(world.save({**GREETING, "timeout_seconds": 100}))
    world.begin(execution_id)
    capsys.readouterr()
    world.reconcile(after_seconds=101)
    assert sums(capsys.readouterr().out) == {"RepairsTimedOut": 1, "ExecutionsNotReconciled": 0}


def test_slot_whose_holder_ended_untold_is_a_repair(world: World, capsys: Printed) -> None:
    workflow_id = world.save({**GREETING, "max_concurrent_executions": 1})
    first, second = world.accept(workflow_id), world.accept(workflow_id)
    world.finish(first)
    capsys.readouterr()
    world.reconcile(after_seconds=61)
    assert world.has_started(second)
    assert sums(capsys.readouterr().out) == {"RepairsFreed": 1, "ExecutionsNotReconciled": 0}


def test_executions_that_could_not_be_helped_are_counted(
    world: World, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    world.begin(world.accept(world.save(GREETING)))
    capsys.readouterr()
    monkeypatch.setattr("workflows.adapters.state_machines.StateMachines.outcome", fail)
    assert world.reconcile(after_seconds=61) == {"not reconciled": 1}
    assert sums(capsys.readouterr().out) == {"ExecutionsNotReconciled": 1}


def test_request_that_could_not_be_counted_is_told_of(
    world: World, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorize(None)
    assert not sums(capsys.readouterr().out)
    monkeypatch.setattr("workflows.services.rate_limits.RateLimits.count", lambda *_: None)
    authorize(None)
    assert sums(capsys.readouterr().out) == {"RequestsNotCounted": 1}


def test_what_is_told_is_what_is_shown(
    world: World, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the names and dimensions that the dashboard has; and it has no others of ours."""
    workflow_id = world.save({**GREETING, "max_concurrent_executions": 1})
    completed, cancelled = world.accept(workflow_id), world.accept(workflow_id)
    world.finish(completed)
    with later(60):
        archive(completed)
    world.reconcile(after_seconds=61)
    world.call("cancel_execution", path={"execution_id": cancelled})
    stopped = world.accept(world.save(GREETING))
    world.begin(stopped)
    stop_in_the_console(world, stopped)
    world.begin(world.accept(world.save({**GREETING, "timeout_seconds": 100})))
    with monkeypatch.context() as patch:
        patch.setattr(Launches, "launch", lambda *_, **__: None)
        world.accept(world.save(GREETING))
    world.reconcile(after_seconds=101)
    monkeypatch.setattr("workflows.services.rate_limits.RateLimits.count", lambda *_: None)
    authorize(None)
    world.count()
    ours = {metric for metric in dashboard_metrics() if metric.namespace == STACK_NAME}
    assert emitted(capsys.readouterr().out) == ours
