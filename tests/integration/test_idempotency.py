"""Idempotency-Key on execute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.integration.conftest import Answer, World
from tests.integration.test_main_job import GREETING


def execute(world: World, workflow_id: str, key: str, user: str | None = "owner", **body: Any) -> Answer:
    return world.call(
        "execute_workflow",
        path={"workflow_id": workflow_id},
        body=body,
        user=user,
        headers={"Idempotency-Key": key},
    )


def test_same_key_and_body_are_the_same_execution(world: World) -> None:
    workflow_id = world.save(GREETING)
    first = execute(world, workflow_id, "k", inputs={"name": "Ada"})
    assert first.status == 202
    world.finish(first.json["execution_id"])
    again = execute(world, workflow_id, '"k"', inputs={"name": "Ada"})
    assert again.json["execution_id"] == first.json["execution_id"]
    assert again.json["status"] == "completed"
    assert world.call("list_executions").json["total"] == 1


def test_another_body_with_the_same_key_is_refused(world: World) -> None:
    workflow_id = world.save(GREETING)
    execute(world, workflow_id, "k", inputs={"name": "Ada"})
    answer = execute(world, workflow_id, "k", inputs={"name": "Grace"})
    assert (answer.status, answer.json["error_code"]) == (422, "idempotency_key_reused")


def test_keys_of_others_and_of_other_workflows_are_other_keys(world: World) -> None:
    workflow_id, another = world.save({**GREETING, "visibility": "public"}), world.save(GREETING)
    ids = {
        execute(world, workflow_id, "k").json["execution_id"],
        execute(world, workflow_id, "k", user="other").json["execution_id"],
        execute(world, another, "k").json["execution_id"],
        execute(world, another, "l").json["execution_id"],
    }
    assert len(ids) == 4


def test_key_is_forgotten_after_a_day(world: World) -> None:
    workflow_id = world.save(GREETING)
    first = execute(world, workflow_id, "k").json["execution_id"]
    for hours, is_same in ((23, True), (25, False)):
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
            found = execute(world, workflow_id, "k").json["execution_id"]
        assert (found == first) == is_same


def test_what_crashed_after_its_key_was_claimed_is_made_good(world: World, monkeypatch: Any) -> None:
    workflow_id = world.save(GREETING)
    with monkeypatch.context() as patch:
        patch.setattr("workflows.adapters.executions.ExecutionStore.create", _broken)
        assert execute(world, workflow_id, "k").status == 500
    execution_id = execute(world, workflow_id, "k").json["execution_id"]
    world.finish(execution_id)
    assert execute(world, workflow_id, "k").json["execution_id"] == execution_id


def _broken(*_: object) -> None:
    raise RuntimeError("broken")


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_bad_key_is_malformed(world: World, key: str) -> None:
    answer = execute(world, world.save(GREETING), key)
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == "Idempotency-Key"


def test_anonymous_callers_have_no_keys(world: World) -> None:
    answer = execute(world, world.save({**GREETING, "visibility": "public"}), "k", user=None)
    assert answer.status == 401
