"""Who may see and do what: the rules through the functions."""

from __future__ import annotations

from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING

PUBLIC = {**GREETING, "visibility": "public"}


def test_private_workflow_is_unknown_to_others(world: World) -> None:
    path = {"workflow_id": world.save(GREETING)}
    for user in ("other", None):
        assert world.call("get_workflow", path=path, user=user).status == 404
        assert world.call("execute_workflow", path=path, body={}, user=user).status == 404
        assert world.call("update_workflow", path=path, body=GREETING, user=user).status == 404
        assert world.call("delete_workflow", path=path, user=user).status == 404
    assert world.call("get_workflow", path=path, user="boss", role="admin").status == 200


def test_public_workflow_may_be_read_and_executed_but_not_changed_by_others(world: World) -> None:
    path = {"workflow_id": world.save(PUBLIC)}
    assert world.call("get_workflow", path=path, user="other").status == 200
    assert world.call("execute_workflow", path=path, body={}, user="other").status == 202
    assert world.call("update_workflow", path=path, body=PUBLIC, user="other").status == 403
    assert world.call("delete_workflow", path=path, user="other").status == 403


def test_execution_of_a_private_workflow_is_unknown_to_others(world: World) -> None:
    path = {"execution_id": world.accept(world.save(GREETING))}
    for function in ("get_execution", "list_logs", "download_logs", "cancel_execution"):
        assert world.call(function, path=path, user="other").status == 404
        assert world.call(function, path=path, user=None).status == 404
    assert world.call("cancel_execution", path=path, user="boss", role="admin").status == 200


def test_execution_of_a_public_workflow_shows_its_status_alone_to_others(world: World) -> None:
    execution_id = world.accept(world.save(PUBLIC, user="owner"), {"name": "secret"}, user="executor")
    world.finish(execution_id)
    path = {"execution_id": execution_id}

    for user in ("other", None):
        seen = world.call("get_execution", path=path, user=user)
        assert seen.json["status"] == "completed"
        assert "secret" not in seen.text
        assert not {"inputs", "result", "nodes", "latest_logs", "user_id"} & set(seen.json)
        assert world.call("list_logs", path=path, user=user).status == 403
        assert world.call("download_logs", path=path, user=user).status == 403
        assert world.call("cancel_execution", path=path, user=user).status == 403
    for user in ("executor", "owner"):
        assert world.get(execution_id, user=user)["result"] == "Hello secret"


def test_visibility_is_frozen_when_the_execution_starts(world: World) -> None:
    workflow_id = world.save(GREETING)
    execution_id = world.accept(workflow_id)
    world.call("update_workflow", path={"workflow_id": workflow_id}, body=PUBLIC)
    assert world.call("get_execution", path={"execution_id": execution_id}, user="other").status == 404
    listed = world.call("list_executions", query={"workflow_id": workflow_id}, user="other").json
    assert (listed["executions"], listed["total"]) == ([], 0)


def test_private_versions_of_a_public_workflow_stay_private(world: World) -> None:
    path = {"workflow_id": world.save(GREETING)}
    world.call("update_workflow", path=path, body=PUBLIC)
    for user, status in (("other", 404), (None, 404), ("owner", 202)):
        assert world.call("execute_workflow", path=path, body={"version": 1}, user=user).status == status
        assert world.call("execute_workflow", path=path, body={"version": 2}, user=user).status == 202


def test_anonymous_executor_reads_and_cancels_with_the_secret_it_got(world: World) -> None:
    workflow_id = world.save(PUBLIC)
    started = world.call(
        "execute_workflow", path={"workflow_id": workflow_id}, body={"inputs": {"name": "x"}}, user=None
    ).json
    path = {"execution_id": started["execution_id"]}
    secret = {"X-Execution-Secret": started["execution_secret"]}

    assert world.call("list_logs", path=path, user=None, headers=secret).status == 200
    assert world.call("list_logs", path=path, user=None, headers={"X-Execution-Secret": "no"}).status == 403
    assert world.call("cancel_execution", path=path, user=None).status == 403
    assert world.call("cancel_execution", path=path, user=None, headers=secret).status == 200
    stored = world.item("ExecutionsTable", execution_id=started["execution_id"], record="execution")
    assert started["execution_secret"] not in str(stored)


def test_anonymous_callers_save_and_list_nothing_of_their_own(world: World) -> None:
    assert world.call("create_workflow", body=GREETING, user=None).status == 401
    assert world.call("list_workflows", user=None).status == 401
    assert world.call("list_executions", user=None).status == 401
