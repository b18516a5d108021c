"""Pause, resume and retry: what a further attempt keeps, does anew, and waits for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.integration.aws import REGION
from tests.integration.conftest import World, flow
from tests.integration.flows import fetch, start, statuses, transform
from tests.integration.state_machine import ExecutionFailed
from tests.integration.test_main_job import GREETING
from tests.loopback import MakeServer, reply, reply_json
from workflows.domain.times import format_time

LINE = flow(
    start(),
    fetch("first"),
    fetch("second"),
    transform("end", "{{nodes.first.output.body & nodes.second.output.body}}"),
    edges=[("start", "first"), ("first", "second"), ("second", "end")],
)


def control(world: World, verb: str, execution_id: str, status: int = 200) -> Any:
    answer = world.call(f"{verb}_execution", path={"execution_id": execution_id})
    assert answer.status == status, answer.text
    return answer.json


def run_until(world: World, execution_id: str, node_id: str, verb: str) -> None:
    """Run the current attempt, and do something to it right before the Task of a node."""
    machine, run = world.machine(execution_id)

    def act(payload: dict[str, Any]) -> None:
        if node_id in payload.get("nodes", []):
            control(world, verb, execution_id)

    machine.before_task = act
    with pytest.raises(ExecutionFailed, match="Stopped"):
        machine.execute(run)


def tasks_of(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition whose http nodes have each a Task of their own."""
    nodes = [
        node | {"retry": {"max_attempts": 2}} if node["type"] == "http" else node
        for node in definition["nodes"]
    ]
    return {**definition, "nodes": nodes}


def test_pause_lets_nothing_start_and_resume_carries_on_where_it_was(
    world: World, make_server: MakeServer
) -> None:
    server = make_server(reply(200, b"a"), reply(200, b"b"))
    execution_id = world.accept(world.save(tasks_of(LINE)), {"url": server.url()})
    run_until(world, execution_id, "second", "pause")

    paused = world.get(execution_id)
    assert (paused["status"], paused["attempt"]) == ("paused", 1)
    assert paused["paused_at"] > paused["started_at"]
    assert statuses(paused)["second"] == "pending"
    assert world.engine_status(execution_id) == "ABORTED"

    assert control(world, "resume", execution_id) == {
        "execution_id": execution_id,
        "status": "pending",
        "attempt": 2,
        "paused_at": None,
    }
    world.finish(execution_id)

    completed = world.get(execution_id)
    assert (completed["status"], completed["result"], completed["attempt"]) == ("completed", "ab", 2)
    assert completed["paused_at"] is None
    assert len(server.seen) == 2


def test_retry_starts_from_what_failed_and_keeps_what_is_settled(
    world: World, make_server: MakeServer
) -> None:
    server = make_server(reply(200, b"a"), reply(404), reply(200, b"b"))
    execution_id = world.accept(world.save(tasks_of(LINE)), {"url": server.url()})
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    failed = world.get(execution_id)
    assert (failed["status"], failed["error"]["node_id"]) == ("failed", "second")

    assert control(world, "retry", execution_id)["attempt"] == 2
    assert world.get(execution_id)["error"] is None
    world.finish(execution_id)

    completed = world.get(execution_id)
    assert (completed["status"], completed["result"]) == ("completed", "ab")
    assert completed["nodes"]["second"]["tries"] == 1
    assert len(server.seen) == 3


def test_tries_count_anew_in_each_attempt(world: World, make_server: MakeServer) -> None:
    server = make_server(reply(503), reply(503), reply(503), reply(200, b"a"))
    definition = flow(start(), fetch("call", retry={"max_attempts": 2}), edges=[("start", "call")])
    # The sender's own repetitions would use up the answers: a POST has none.
    definition["nodes"][1]["config"]["method"] = "POST"
    execution_id = world.accept(world.save(definition), {"url": server.url()})
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    assert world.get(execution_id)["nodes"]["call"]["tries"] == 2
    control(world, "retry", execution_id)
    world.finish(execution_id)
    assert world.get(execution_id)["status"] == "completed"
    assert world.get(execution_id)["nodes"]["call"]["tries"] == 2


def test_next_attempt_waits_for_the_nodes_of_the_one_before(
    world: World, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server(reply_json(200, {}))
    execution_id = world.accept(world.save(tasks_of(LINE)), {"url": server.url()})
    run_until(world, execution_id, "second", "pause")
    lease_until = format_time(datetime.now(UTC) + timedelta(seconds=100))
    set_node(execution_id, "first", status="running", lease_until=lease_until)

    monkeypatch.setattr("workflows.services.attempts._PATIENCE_SECONDS", 0)
    control(world, "resume", execution_id)
    assert not world.has_started(execution_id)
    world.reconcile(after_seconds=61)
    assert not world.has_started(execution_id)
    world.reconcile(after_seconds=122)
    assert world.has_started(execution_id)


def set_node(execution_id: str, node_id: str, **changes: Any) -> None:
    table = boto3.resource("dynamodb", region_name=REGION).Table("ExecutionsTable")
    key = {"execution_id": execution_id, "record": f"node#{node_id}"}
    table.put_item(Item={**table.get_item(Key=key)["Item"], **changes})


def test_attempt_that_step_functions_has_no_room_for_is_carried_on(world: World) -> None:
    execution_id = world.accept(world.save(GREETING))
    world.begin(execution_id)
    cause = "The execution reached the maximum number of history events (25000)."
    world.settle(execution_id, "FAILED", error="States.Runtime", cause=cause)
    assert (world.get(execution_id)["status"], world.get(execution_id)["attempt"]) == ("pending", 2)
    world.reconcile(after_seconds=1)
    world.finish(execution_id)
    assert world.get(execution_id)["status"] == "completed"


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("pause", "completed"),
        ("pause", "cancelled"),
        ("resume", "pending"),
        ("resume", "completed"),
        ("retry", "pending"),
        ("retry", "paused"),
        ("retry", "completed"),
        ("retry", "cancelled"),
        ("delete", "pending"),
        ("delete", "paused"),
        ("cancel", "completed"),
    ],
)
def test_what_is_not_legal_is_a_conflict_that_names_the_status(world: World, verb: str, status: str) -> None:
    execution_id = world.accept(world.save(GREETING))
    if status == "completed":
        world.finish(execution_id)
    elif status != "pending":
        control(world, {"paused": "pause", "cancelled": "cancel"}[status], execution_id)
    problem = control(world, verb, execution_id, status=409)
    assert problem["error_code"] == "illegal_transition"
    assert problem["execution_id"] == execution_id
    assert status in problem["detail"]


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_saying_it_twice_changes_nothing(world: World, verb: str) -> None:
    execution_id = world.accept(world.save(GREETING))
    assert control(world, verb, execution_id) == control(world, verb, execution_id)


@pytest.mark.parametrize("verb", ["pause", "resume", "retry", "replay", "delete", "cancel"])
def test_others_are_told_nothing(world: World, verb: str) -> None:
    execution_id = world.accept(world.save(GREETING))
    answer = world.call(f"{verb}_execution", path={"execution_id": execution_id}, user="other")
    assert (answer.status, answer.json["error_code"]) == (404, "not_found")


def test_paused_execution_can_be_cancelled(world: World) -> None:
    execution_id = world.accept(world.save(GREETING))
    control(world, "pause", execution_id)
    assert control(world, "cancel", execution_id)["status"] == "cancelled"
    assert world.get(execution_id)["paused_at"] is None
