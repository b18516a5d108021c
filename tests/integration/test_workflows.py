"""Saving, reading, listing, changing and deleting workflows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest

from tests.integration.aws import aws_client
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from workflows.compiler.tasks import _AGAIN
from workflows.services.definitions import definitions


def test_saved_definition_comes_back_as_it_was(world: World) -> None:
    answer = world.call("create_workflow", body=GREETING)
    assert answer.status == 201
    workflow_id = answer.json["workflow_id"]
    base = "https://api.example.com/v1/"
    assert urljoin(f"{base}workflows", answer.headers["Location"]) == f"{base}workflows/{workflow_id}"

    found = world.call("get_workflow", path={"workflow_id": workflow_id}).json

    assert found["definition"] == GREETING
    assert (found["version"], found["name"], found["owner_id"]) == (1, "test", "owner")
    assert found["visibility"] == "private"


def test_update_makes_a_new_version_and_keeps_the_old_one_executable(world: World) -> None:
    workflow_id = world.save(GREETING)
    changed = {
        **GREETING,
        "name": "changed",
        "nodes": [{"id": "only", "type": "transform", "config": {"value": 2}}],
    }
    answer = world.call("update_workflow", path={"workflow_id": workflow_id}, body={**changed, "edges": []})
    assert (answer.status, answer.json["version"], answer.json["name"]) == (200, 2, "changed")

    newest = world.accept(workflow_id)
    oldest = world.call("execute_workflow", path={"workflow_id": workflow_id}, body={"version": 1}).json
    world.finish(newest)
    world.finish(oldest["execution_id"])

    assert world.get(newest)["result"] == 2
    assert world.get(oldest["execution_id"])["result"] == "Hello "


def test_large_definition_is_kept_whole(world: World) -> None:
    definition = {**GREETING, "variables": {"text": "x" * 20_000}, "description": "y" * 9_000}
    definition["nodes"] = [
        *GREETING["nodes"][:1],
        {"id": "greet", "type": "transform", "config": {"value": "z" * 290_000}},
        GREETING["nodes"][2],
    ]
    workflow_id = world.save(definition)
    assert world.call("get_workflow", path={"workflow_id": workflow_id}).json["definition"] == definition


def test_lists_own_workflows_newest_first_with_total(world: World) -> None:
    ids = [world.save({**GREETING, "name": f"number {n}"}) for n in range(5)]
    world.save(GREETING, user="other")

    page = world.call("list_workflows", query={"limit": "2", "offset": "1"}).json

    assert [entry["workflow_id"] for entry in page["workflows"]] == [ids[3], ids[2]]
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 1)


def test_lists_public_workflows_to_everybody(world: World) -> None:
    world.save(GREETING)
    public = world.save({**GREETING, "visibility": "public"})
    for user in ("other", None):
        page = world.call("list_workflows", query={"visibility": "public"}, user=user).json
        assert [entry["workflow_id"] for entry in page["workflows"]] == [public]


def test_update_to_private_leaves_the_public_list(world: World) -> None:
    workflow_id = world.save({**GREETING, "visibility": "public"})
    world.call("update_workflow", path={"workflow_id": workflow_id}, body=GREETING)
    assert world.call("list_workflows", query={"visibility": "public"}).json["total"] == 0


def test_deleted_workflow_is_gone_and_its_executions_are_not(world: World) -> None:
    workflow_id = world.save(GREETING)
    execution_id = world.accept(workflow_id, {"name": "Ada"})

    assert world.call("delete_workflow", path={"workflow_id": workflow_id}).status == 204

    assert world.call("get_workflow", path={"workflow_id": workflow_id}).status == 404
    assert world.call("delete_workflow", path={"workflow_id": workflow_id}).status == 404
    assert world.call("execute_workflow", path={"workflow_id": workflow_id}, body={}).status == 404
    assert world.call("list_workflows").json["total"] == 0
    world.finish(execution_id)
    assert world.get(execution_id)["result"] == "Hello Ada"
    listed = world.call("list_executions", query={"workflow_id": workflow_id}).json
    assert listed["total"] == 1


def test_two_updates_at_once_keep_both_versions(world: World, monkeypatch: Any) -> None:
    workflow_id = world.save(GREETING)
    store = type(definitions().store)
    save_version = store.save_version
    raced: list[int] = []

    def race(self: Any, record: Any, *rest: Any) -> None:
        save_version(self, record, *rest)
        if not raced:
            raced.append(record.version)
            answer = world.call("update_workflow", path={"workflow_id": workflow_id}, body=GREETING)
            assert (answer.status, answer.json["version"]) == (200, 3)

    monkeypatch.setattr(store, "save_version", race)
    answer = world.call("update_workflow", path={"workflow_id": workflow_id}, body=GREETING)

    assert answer.status == 409
    assert world.call("get_workflow", path={"workflow_id": workflow_id}).json["version"] == 3
    for version in (2, 3):
        path = {"workflow_id": workflow_id}
        assert world.call("execute_workflow", path=path, body={"version": version}).status == 202


def test_missing_state_machine_is_deployed_again_at_the_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow_id = world.save(GREETING)
    client = aws_client("stepfunctions")
    for machine in client.list_state_machines()["stateMachines"]:
        client.delete_state_machine(stateMachineArn=machine["stateMachineArn"])

    # A later compiler gives the same definition another state machine.
    monkeypatch.setitem(_AGAIN, "MaxAttempts", 7)
    for _ in range(2):
        execution_id = world.accept(workflow_id, {"name": "Ada"})
        world.finish(execution_id)
        assert world.get(execution_id)["result"] == "Hello Ada"
    assert len(client.list_state_machines()["stateMachines"]) == 1


def test_renaming_a_workflow_deploys_nothing(world: World) -> None:
    workflow_id = world.save(GREETING)
    world.call("update_workflow", path={"workflow_id": workflow_id}, body={**GREETING, "name": "other"})
    client = aws_client("stepfunctions")
    assert len(client.list_state_machines()["stateMachines"]) == 1
