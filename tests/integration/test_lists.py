"""Lists of executions: scopes, filters, pages and totals."""

from __future__ import annotations

from typing import Any

from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING


def listed(
    world: World, user: str | None = "owner", role: str = "user", **query: Any
) -> tuple[list[str], int]:
    world.count()
    answer = world.call("list_executions", query=query, user=user, role=role)
    assert answer.status == 200, answer.text
    return [entry["execution_id"] for entry in answer.json["executions"]], answer.json["total"]


def test_user_lists_own_executions_newest_first_in_pages(world: World) -> None:
    workflow_id = world.save({**GREETING, "visibility": "public"})
    own = [world.accept(workflow_id) for _ in range(5)]
    world.accept(workflow_id, user="other")

    assert listed(world) == (own[::-1], 5)
    assert listed(world, limit="2", offset="2") == ([own[2], own[1]], 5)
    assert listed(world, order="asc", limit="2") == (own[:2], 5)
    assert listed(world, offset="5") == ([], 5)


def test_status_filter_follows_the_executions_life(world: World) -> None:
    workflow_id = world.save(GREETING)
    completed, cancelled, pending = (world.accept(workflow_id) for _ in range(3))
    world.finish(completed)
    world.call("cancel_execution", path={"execution_id": cancelled})

    assert listed(world, status="completed") == ([completed], 1)
    assert listed(world, status=["cancelled", "pending"]) == ([pending, cancelled], 2)
    assert listed(world, status="failed") == ([], 0)
    assert listed(world, status="completed", workflow_id=workflow_id) == ([completed], 1)


def test_summary_has_the_fields_of_the_contract(world: World) -> None:
    execution_id = world.accept(world.save(GREETING))
    world.finish(execution_id)

    (summary,) = world.call("list_executions").json["executions"]

    assert set(summary) == {"execution_id", "workflow_id", "status", "started_at", "completed_at"}
    assert summary["completed_at"] > summary["started_at"]


def test_owner_and_public_see_a_workflows_executions_as_far_as_they_may(world: World) -> None:
    workflow_id = world.save({**GREETING, "visibility": "public"})
    first = world.accept(workflow_id)
    second = world.accept(workflow_id, user="other")
    for user in ("owner", "other", None):
        assert listed(world, user=user, workflow_id=workflow_id) == ([second, first], 2)


def test_other_users_executions_are_out_of_reach_but_for_admins(world: World) -> None:
    private = world.save(GREETING)
    execution_id = world.accept(private)

    assert listed(world, user="other", workflow_id=private) == ([], 0)
    assert world.call("list_executions", query={"user_id": "owner"}, user="other").status == 403
    assert listed(world, user="boss", role="admin") == ([execution_id], 1)
    assert listed(world, user="boss", role="admin", user_id="owner") == ([execution_id], 1)
    assert listed(world, user="boss", role="admin", user_id="other") == ([], 0)
    assert listed(world, user="boss", role="admin", user_id="owner", workflow_id=private) == (
        [execution_id],
        1,
    )
