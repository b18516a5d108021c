"""The nets behind the nodes: the reconciler, and events of Step Functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.integration.aws import aws_client
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from workflows.services.reconciler import reconciler


@pytest.fixture
def execution_id(world: World) -> str:
    return world.accept(world.save({**GREETING, "timeout_seconds": 100}))


def stop_in_the_console(world: World, execution_id: str) -> None:
    client = aws_client("stepfunctions")
    client.stop_execution(executionArn=world.engine_arn(execution_id))


def test_operators_stop_shows_with_its_event(world: World, execution_id: str) -> None:
    world.begin(execution_id)
    stop_in_the_console(world, execution_id)
    world.settle(execution_id, "ABORTED")
    cancelled = world.get(execution_id)
    assert cancelled["status"] == "cancelled"
    assert cancelled["cancelled_at"] == cancelled["completed_at"]


def test_operators_stop_shows_with_the_next_check_where_the_event_is_lost(
    world: World, execution_id: str
) -> None:
    world.begin(execution_id)
    stop_in_the_console(world, execution_id)
    assert world.reconcile(after_seconds=61) == {"running": 1}
    assert world.get(execution_id)["status"] == "cancelled"


def test_stop_before_the_first_node_shows_as_well(world: World, execution_id: str) -> None:
    stop_in_the_console(world, execution_id)
    world.reconcile(after_seconds=61)
    assert world.get(execution_id)["status"] == "cancelled"


@pytest.mark.parametrize("status", ["ABORTED", "FAILED", "TIMED_OUT"])
def test_late_event_changes_nothing(world: World, execution_id: str, status: str) -> None:
    world.finish(execution_id)
    world.settle(execution_id, status)
    assert world.get(execution_id)["status"] == "completed"


def test_event_of_an_earlier_attempt_changes_nothing(world: World, execution_id: str) -> None:
    world.call("pause_execution", path={"execution_id": execution_id})
    world.settle(execution_id, "ABORTED", attempt=1)
    assert world.get(execution_id)["status"] == "paused"
    world.call("resume_execution", path={"execution_id": execution_id})
    world.settle(execution_id, "ABORTED", attempt=1)
    assert world.get(execution_id)["status"] == "pending"


def test_time_out_is_kept_where_step_functions_does_not(world: World, execution_id: str) -> None:
    world.begin(execution_id)
    world.reconcile(after_seconds=99)
    assert world.get(execution_id)["status"] == "running"
    world.reconcile(after_seconds=101)
    failed = world.get(execution_id)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "timed_out")
    assert world.engine_status(execution_id) == "ABORTED"


def test_running_execution_is_due_less_and_less_often_and_looked_at_each_minute(
    world: World, monkeypatch: Any
) -> None:
    execution_id = world.accept(world.save(GREETING))
    world.begin(execution_id)
    assert world.reconcile(after_seconds=3_600) == {"running": 1}
    assert world.reconcile(after_seconds=3_660) == {"early": 1}
    assert world.reconcile(after_seconds=3_600 + 901) == {"running": 1}

    stop_in_the_console(world, execution_id)
    with monkeypatch.context() as patch:
        patch.setattr("workflows.services.reconciler._LOOKS", 0)
        assert world.reconcile(after_seconds=4_560) == {}
    assert world.get(execution_id)["status"] == "running"
    assert world.reconcile(after_seconds=4_560) == {"early": 1}
    assert world.get(execution_id)["status"] == "cancelled"


def test_one_that_cannot_be_helped_keeps_nobody_from_it(world: World, monkeypatch: Any) -> None:
    workflow_id = world.save(GREETING)
    first, second = world.accept(workflow_id), world.accept(workflow_id)
    for execution_id in (first, second):
        world.begin(execution_id)
        stop_in_the_console(world, execution_id)

    from workflows.adapters.state_machines import StateMachines

    outcome = StateMachines.outcome

    def refuse_the_first(machines: StateMachines, execution: Any) -> Any:
        if execution.execution_id == first:
            raise RuntimeError("broken")
        return outcome(machines, execution)

    monkeypatch.setattr(StateMachines, "outcome", refuse_the_first)
    assert world.reconcile(after_seconds=61) == {"not reconciled": 1, "running": 1}
    assert world.get(second)["status"] == "cancelled"
    monkeypatch.undo()
    assert world.reconcile(after_seconds=61) == {"running": 1, "early": 1}
    assert world.get(first)["status"] == "cancelled"


def test_one_that_is_not_due_is_not_missed(world: World, monkeypatch: Any) -> None:
    """Many that run must not look like some that are stuck: an alarm is made of those that are left."""
    world.begin(world.accept(world.save(GREETING)))
    assert world.reconcile(after_seconds=3_600) == {"running": 1}
    with monkeypatch.context() as patch:
        patch.setattr("workflows.adapters.state_machines.StateMachines.outcome", lambda *_: 1 // 0)
        assert world.reconcile(after_seconds=3_660) == {}
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=3_660)):
        assert reconciler().run(until=0) == {}


def test_those_beyond_what_it_looks_at_are_told_of(world: World, monkeypatch: Any) -> None:
    workflow_id = world.save(GREETING)
    for _ in range(3):
        world.begin(world.accept(workflow_id))
    monkeypatch.setattr("workflows.services.reconciler._LOOKS", 2)
    assert world.reconcile(after_seconds=61) == {"running": 2, "not reached": 1}
    assert world.reconcile(after_seconds=62) == {"running": 1, "early": 2}
