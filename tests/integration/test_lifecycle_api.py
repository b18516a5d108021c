"""Replay, delete, bulk cancel and waiting, as callers use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Timer
from typing import Any

import boto3
import pytest

from tests.integration.aws import REGION, aws_client
from tests.integration.conftest import World, flow
from tests.integration.flows import start, transform
from tests.integration.test_attempts import set_node
from tests.integration.test_main_job import GREETING
from workflows.domain.times import format_time


def test_replay_repeats_version_inputs_and_labels(world: World) -> None:
    workflow_id = world.save(GREETING)
    answer = world.call(
        "execute_workflow",
        path={"workflow_id": workflow_id},
        body={"inputs": {"name": "Ada"}, "labels": ["nightly"]},
    )
    first = answer.json["execution_id"]
    world.finish(first)
    changed = {
        **GREETING,
        "nodes": [*GREETING["nodes"][:1], transform("greet", "Bye"), *GREETING["nodes"][2:]],
    }
    world.call("update_workflow", path={"workflow_id": workflow_id}, body=changed)

    replayed = world.call("replay_execution", path={"execution_id": first})
    assert replayed.status == 202
    assert replayed.headers["Location"] == f"../../executions/{replayed.json['execution_id']}"
    again = replayed.json["execution_id"]
    world.finish(again)
    shown = world.get(again)
    assert (shown["result"], shown["version"], shown["labels"]) == ("Hello Ada", 1, ["nightly"])
    assert shown["replay_of"] == first

    other_inputs = world.call(
        "replay_execution", path={"execution_id": first}, body={"inputs": {"name": "Grace"}}
    ).json["execution_id"]
    world.finish(other_inputs)
    assert world.get(other_inputs)["result"] == "Hello Grace"


def test_delete_leaves_nothing_behind(world: World) -> None:
    definition = flow(
        start(), transform("big", "{{inputs.text}}"), transform("bigger", "{{[inputs.text, inputs.text]}}"),
        edges=[("start", "big"), ("start", "bigger")],
    )  # fmt: skip
    execution_id = world.accept(world.save(definition), {"text": "x" * 200_000})
    world.finish(execution_id)
    assert items_of(execution_id)

    answer = world.call("delete_execution", path={"execution_id": execution_id})
    assert (answer.status, answer.text) == (204, "")
    assert world.call("get_execution", path={"execution_id": execution_id}).status == 404
    assert world.call("list_executions").json["total"] == 0
    assert world.reconcile(after_seconds=61) == {"deleted": 1}
    assert items_of(execution_id) == []


def items_of(execution_id: str) -> list[Any]:
    """Whatever any table or bucket still holds of an execution, but that it was counted, which expires."""
    resource = boto3.resource("dynamodb", region_name=REGION)
    found: list[Any] = [
        item
        for name, key in (("ExecutionsTable", "execution_id"), ("LogsTable", "stream"))
        for item in resource.Table(name).scan()["Items"]
        if execution_id in str(item[key]) and not (item["record"] == "counted" and "expires_at" in item)
    ]
    listed = aws_client("s3").list_objects_v2(Bucket="data-bucket")
    return found + [entry for entry in listed.get("Contents", []) if execution_id in entry["Key"]]


def test_deletion_that_was_cut_off_is_finished(world: World, monkeypatch: Any) -> None:
    execution_id = world.accept(world.save(GREETING))
    world.finish(execution_id)
    assert world.call("delete_execution", path={"execution_id": execution_id}).status == 204
    with monkeypatch.context() as patch:
        patch.setattr("workflows.adapters.executions.ExecutionStore.purge", _broken)
        assert world.reconcile(after_seconds=61) == {"not reconciled": 1}
    assert world.reconcile(after_seconds=61) == {"deleted": 1}
    assert items_of(execution_id) == []


def test_deletion_waits_for_nodes_that_are_under_way(world: World) -> None:
    execution_id = world.accept(world.save(GREETING))
    world.begin(execution_id)
    world.call("cancel_execution", path={"execution_id": execution_id})
    lease_until = format_time(datetime.now(UTC) + timedelta(seconds=100))
    set_node(execution_id, "start", status="running", lease_until=lease_until)
    world.call("delete_execution", path={"execution_id": execution_id})
    world.reconcile(after_seconds=61)
    assert items_of(execution_id)
    world.reconcile(after_seconds=101)
    assert items_of(execution_id) == []


def test_key_of_a_deleted_execution_is_free_again(world: World) -> None:
    workflow_id = world.save(GREETING)
    request: dict[str, Any] = {
        "path": {"workflow_id": workflow_id},
        "body": {},
        "headers": {"Idempotency-Key": "k"},
    }
    first = world.call("execute_workflow", **request).json["execution_id"]
    world.finish(first)
    world.call("delete_execution", path={"execution_id": first})
    second = world.call("execute_workflow", **request)
    assert (second.status, second.json["execution_id"] == first) == (202, False)
    world.finish(second.json["execution_id"])


def _broken(*_: object) -> None:
    raise RuntimeError("broken")


def test_bulk_cancel_counts_what_it_did_and_leaves_others_alone(world: World) -> None:
    workflow_id = world.save({**GREETING, "visibility": "public"})
    ids = [world.accept(workflow_id) for _ in range(3)]
    others = world.accept(workflow_id, user="other")
    elsewhere = world.accept(world.save(GREETING))
    world.finish(ids[0])

    answer = world.call("cancel_executions", body={"workflow_id": workflow_id})
    assert (answer.status, answer.json) == (200, {"cancelled": 2, "ended": 0, "more": False})
    assert [world.get(id_)["status"] for id_ in ids] == ["completed", "cancelled", "cancelled"]
    assert world.get(others, user="other")["status"] == "pending"

    everything = world.call("cancel_executions", body={"status": ["pending"]}, user="root", role="admin")
    assert everything.json["cancelled"] == 2
    assert world.get(elsewhere)["status"] == "cancelled"


def test_bulk_cancel_takes_its_filter_in_the_body_alone(world: World) -> None:
    answer = world.call("cancel_executions", query={"status": "paused"}, body={})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "status")


def test_bulk_cancel_takes_no_status_that_has_ended(world: World) -> None:
    answer = world.call("cancel_executions", body={"status": ["completed"]})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/status/0")
    assert world.call("cancel_executions", body={}, user=None).status == 401


def test_get_waits_no_longer_than_until_the_end(world: World) -> None:
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    finishing = Timer(0.3, world.finish, [execution_id])
    finishing.start()
    answer = world.call("get_execution", path={"execution_id": execution_id}, query={"wait_seconds": "25"})
    finishing.join()
    assert answer.json["status"] == "completed"


def test_execute_that_waits_in_vain_is_accepted_all_the_same(world: World) -> None:
    workflow_id = world.save(GREETING)
    answer = world.call(
        "execute_workflow", path={"workflow_id": workflow_id}, query={"wait_seconds": "0.2"}, body={}
    )
    assert (answer.status, answer.json["status"]) == (202, "pending")


@pytest.mark.parametrize("seconds", ["-1", "26", "soon"])
def test_wait_is_bounded(world: World, seconds: str) -> None:
    execution_id = world.accept(world.save(GREETING))
    answer = world.call("get_execution", path={"execution_id": execution_id}, query={"wait_seconds": seconds})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "wait_seconds")
