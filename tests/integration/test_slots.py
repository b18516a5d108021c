"""How many executions run at once, and in which order the others follow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from workflows.services.starts import starts


@pytest.fixture
def limited(world: World) -> str:
    return world.save({**GREETING, "max_concurrent_executions": 2})


def started(world: World, *execution_ids: str) -> list[bool]:
    return [world.has_started(execution_id) for execution_id in execution_ids]


def test_surplus_waits_and_starts_in_order_when_a_place_frees(world: World, limited: str) -> None:
    ids = [world.accept(limited) for _ in range(4)]
    assert started(world, *ids) == [True, True, False, False]
    assert {world.get(execution_id)["status"] for execution_id in ids} == {"pending"}

    world.finish(ids[1])
    world.follow_up(ids[1])
    assert started(world, *ids) == [True, True, True, False]
    world.follow_up(ids[1])
    assert started(world, *ids) == [True, True, True, False]

    world.call("cancel_execution", path={"execution_id": ids[0]})
    world.follow_up(ids[0])
    assert started(world, *ids) == [True, True, True, True]


def test_newcomer_does_not_overtake_those_who_wait(world: World, limited: str) -> None:
    ids = [world.accept(limited) for _ in range(3)]
    world.finish(ids[0])  # and nobody tells of it
    newcomer = world.accept(limited)
    assert started(world, ids[2], newcomer) == [False, False]
    world.reconcile(after_seconds=61)
    assert started(world, ids[2], newcomer) == [True, False]


def test_pause_gives_the_place_up_and_resume_waits_for_one(world: World, limited: str) -> None:
    ids = [world.accept(limited) for _ in range(3)]
    world.call("pause_execution", path={"execution_id": ids[0]})
    world.follow_up(ids[0])
    assert started(world, ids[2]) == [True]

    world.call("resume_execution", path={"execution_id": ids[0]})
    assert (world.get(ids[0])["status"], world.has_started(ids[0])) == ("pending", False)
    world.finish(ids[1])
    world.follow_up(ids[1])
    assert world.has_started(ids[0])


def test_waiting_execution_can_be_cancelled_and_never_starts(world: World, limited: str) -> None:
    ids = [world.accept(limited) for _ in range(3)]
    world.call("cancel_execution", path={"execution_id": ids[2]})
    world.finish(ids[0])
    world.follow_up(ids[0])
    assert started(world, ids[2]) == [False]


def test_limit_of_a_user_holds_across_workflows(world: World, monkeypatch: Any) -> None:
    starts.cache_clear()
    monkeypatch.setenv("MAX_CONCURRENT_EXECUTIONS_PER_USER", "1")
    try:
        first, second = world.accept(world.save(GREETING)), world.accept(world.save(GREETING))
        public = world.save({**GREETING, "visibility": "public"})
        others = world.accept(public, user="other")
        assert started(world, first, second, others) == [True, False, True]
        world.finish(first)
        world.follow_up(first)
        assert started(world, second) == [True]
    finally:
        starts.cache_clear()


def test_limit_must_be_a_positive_number(world: World) -> None:
    answer = world.call("create_workflow", body={**GREETING, "max_concurrent_executions": 0})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/max_concurrent_executions")
