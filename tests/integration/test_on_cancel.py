"""What a workflow does after a cancel: `on_cancel`, a last attempt of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import World, flow
from tests.integration.flows import fetch, start, statuses, transform
from tests.integration.state_machine import ExecutionFailed
from tests.integration.test_attempts import control, run_until
from tests.integration.test_main_job import GREETING
from tests.loopback import MakeServer, reply

CLEAN_UP = {
    "nodes": [
        fetch("release"),
        transform("note", "released {{nodes.acquire.output}} of {{inputs.name}}"),
    ],
    "edges": [{"source": "release", "target": "note"}],
}
LEASE = flow(
    start(),
    transform("acquire", "machine-7"),
    {"id": "wait", "type": "delay", "config": {"seconds": 60}},
    fetch("use"),
    edges=[("start", "acquire"), ("acquire", "wait"), ("wait", "use")],
    on_cancel=CLEAN_UP,
)


def cancelled(world: World, server_url: str) -> str:
    execution_id = world.accept(world.save(LEASE), {"url": server_url, "name": "Ada"})
    run_until(world, execution_id, "use", "cancel")
    return execution_id


def test_clean_up_runs_after_a_cancel_and_changes_no_status(world: World, make_server: MakeServer) -> None:
    server = make_server(reply(200))
    execution_id = cancelled(world, server.url())
    execution = world.get(execution_id)
    assert (execution["status"], execution["attempt"]) == ("cancelled", 2)
    assert statuses(execution) == {
        "start": "completed",
        "acquire": "completed",
        "wait": "cancelled",
        "use": "cancelled",
        "release": "pending",
        "note": "pending",
    }
    assert not server.seen

    world.finish(execution_id)
    execution = world.get(execution_id)
    assert execution["status"] == "cancelled"
    assert (statuses(execution)["release"], statuses(execution)["note"]) == ("completed", "completed")
    assert len(server.seen) == 1
    assert execution["latest_logs"][-1]["message"] == "clean-up completed"


def test_clean_up_reads_what_the_workflow_left(world: World, make_server: MakeServer) -> None:
    execution_id = cancelled(world, make_server(reply(200)).url())
    world.finish(execution_id)
    note = world.item("ExecutionsTable", execution_id=execution_id, record="node#note")
    assert note["output"]["text"] == '"released machine-7 of Ada"'


def test_clean_up_that_fails_leaves_the_execution_cancelled(world: World, make_server: MakeServer) -> None:
    execution_id = cancelled(world, make_server(reply(404)).url())
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    execution = world.get(execution_id)
    assert (execution["status"], statuses(execution)["release"]) == ("cancelled", "failed")


def test_nothing_is_cleaned_up_where_nothing_has_begun(world: World) -> None:
    execution_id = world.accept(world.save(LEASE))
    assert control(world, "cancel", execution_id)["status"] == "cancelled"
    assert (world.get(execution_id)["attempt"], len(world.get(execution_id)["nodes"])) == (1, 4)


def test_operators_stop_is_cleaned_up_after_as_well(world: World, make_server: MakeServer) -> None:
    execution_id = world.accept(world.save(LEASE), {"url": make_server(reply(200)).url(), "name": "Ada"})
    world.begin(execution_id)
    world.settle(execution_id, "ABORTED")
    assert not world.has_started(execution_id)
    world.reconcile(after_seconds=1)
    assert world.has_started(execution_id)
    world.finish(execution_id)
    assert statuses(world.get(execution_id))["note"] == "completed"


def test_clean_up_that_takes_too_long_is_stopped(world: World) -> None:
    execution_id = world.accept(world.save(LEASE))
    world.begin(execution_id)
    control(world, "cancel", execution_id)
    world.reconcile(after_seconds=61)
    assert world.engine_status(execution_id) == "RUNNING"
    world.reconcile(after_seconds=1_300)
    assert world.engine_status(execution_id) == "ABORTED"
    assert world.get(execution_id)["status"] == "cancelled"


@pytest.mark.parametrize(
    ("on_cancel", "pointer"),
    [
        ({"nodes": []}, "/on_cancel/nodes"),
        ({}, "/on_cancel/nodes"),
        ({"nodes": [transform("greet")]}, "/on_cancel/nodes/0/id"),
        ({"nodes": [transform("a", "{{nodes.nobody.output}}")]}, "/on_cancel/nodes/0/config/value"),
        ({"nodes": [transform("a")], "edges": [{"source": "b", "target": "a"}]}, "/on_cancel/edges/0/source"),
        ({"nodes": [transform("a")], "timeout_seconds": 0}, "/on_cancel/timeout_seconds"),
        ({"nodes": [transform(f"n{i}") for i in range(51)]}, "/on_cancel/nodes"),
    ],
)  # fmt: skip
def test_problems_of_the_clean_up_are_named(world: World, on_cancel: Any, pointer: str) -> None:
    answer = world.call("create_workflow", body={**GREETING, "on_cancel": on_cancel})
    assert answer.status == 422
    assert pointer in [problem["pointer"] for problem in answer.json["errors"]]
