"""Conditional reads of executions and workflows: tags, 304s, and how long copies are good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.integration.conftest import Answer, World, flow
from tests.integration.flows import start, transform
from tests.integration.state_machine import ExecutionFailed
from tests.integration.test_main_job import GREETING

PUBLIC = {**GREETING, "visibility": "public"}


def read(world: World, id_: str, tag: str | None = None, *, after_seconds: float = 0, **call: Any) -> Answer:
    """Get an execution, in so many seconds."""
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=after_seconds), tick=True):
        headers = {**call.pop("headers", {}), **({} if tag is None else {"If-None-Match": tag})}
        return world.call("get_execution", path={"execution_id": id_}, headers=headers, **call)


def assert_not_modified(answer: Answer, before: Answer) -> None:
    assert (answer.status, answer.text) == (304, "")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert answer.headers[name] == before.headers[name]


def ended(world: World, definition: dict[str, Any] = GREETING, name: str = "Ada", **call: Any) -> str:
    execution_id = world.accept(world.save(definition), {"name": name}, **call)
    world.finish(execution_id)
    return execution_id


def test_workflow_is_sent_again_once_it_has_changed(world: World) -> None:
    path = {"workflow_id": world.save(GREETING)}
    first = world.call("get_workflow", path=path)
    assert first.status == 200
    assert first.headers["ETag"].startswith('"')
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Vary"] == "Authorization, X-Execution-Secret"

    for header in (first.headers["ETag"], f'"x", W/{first.headers["ETag"]}', "*"):
        again = world.call("get_workflow", path=path, headers={"If-None-Match": header})
        assert_not_modified(again, first)
    for header in ('"x"', "", "x", '"', "\xff,"):
        again = world.call("get_workflow", path=path, headers={"If-None-Match": header})
        assert (again.status, again.text) == (200, first.text)

    world.call("update_workflow", path=path, body={**GREETING, "name": "changed"})
    changed = world.call("get_workflow", path=path, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status, changed.json["name"]) == (200, "changed")
    assert changed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("function", ["get_workflow", "get_execution"])
def test_what_the_caller_may_not_see_is_404_whatever_the_tags(world: World, function: str) -> None:
    workflow_id = world.save(GREETING)
    path = {"workflow_id": workflow_id, "execution_id": world.accept(workflow_id)}
    tag = world.call(function, path=path).headers["ETag"]
    for header in (tag, "*"):
        answer = world.call(function, path=path, user="other", headers={"If-None-Match": header})
        assert answer.status == 404
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


def test_execution_is_sent_again_with_each_change(world: World) -> None:
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    pending = read(world, execution_id)
    assert pending.headers["Cache-Control"] == "private, no-cache"
    assert_not_modified(read(world, execution_id, pending.headers["ETag"]), pending)

    world.begin(execution_id)
    running = read(world, execution_id, pending.headers["ETag"])
    assert (running.status, running.json["status"]) == (200, "running")

    world.finish(execution_id)
    completed = read(world, execution_id, running.headers["ETag"])
    assert (completed.status, completed.json["status"]) == (200, "completed")
    assert completed.headers["Cache-Control"] == "private, no-cache"
    assert_not_modified(read(world, execution_id, completed.headers["ETag"]), completed)


def test_wait_that_changes_nothing_is_a_304(world: World) -> None:
    execution_id = world.accept(world.save(GREETING))
    tag = read(world, execution_id).headers["ETag"]
    assert read(world, execution_id, tag, query={"wait_seconds": "0.2"}).status == 304
    world.finish(execution_id)
    waited = read(world, execution_id, tag, query={"wait_seconds": "20"})
    assert (waited.status, waited.json["status"]) == (200, "completed")


def test_tag_is_the_same_while_links_are_signed_anew(world: World) -> None:
    execution_id = ended(world, name="x" * 310_000)
    first, later = read(world, execution_id), read(world, execution_id, after_seconds=30)
    for link in ("inputs_url", "result_url"):
        assert first.json[link] != later.json[link]
    assert first.headers["ETag"] == later.headers["ETag"]
    assert_not_modified(read(world, execution_id, first.headers["ETag"], after_seconds=40), later)


def test_tag_is_of_what_the_caller_sees(world: World) -> None:
    execution_id = ended(world, PUBLIC, user="executor")
    whole = read(world, execution_id)
    status = read(world, execution_id, whole.headers["ETag"], user="other")
    assert (status.status, "result" in status.json) == (200, False)
    assert_not_modified(read(world, execution_id, status.headers["ETag"], user=None), status)
    assert read(world, execution_id, status.headers["ETag"], user="executor").status == 200
    assert read(world, execution_id, whole.headers["ETag"], user="executor").status == 304


def test_secret_of_an_anonymous_caller_makes_another_tag(world: World) -> None:
    path = {"workflow_id": world.save(PUBLIC)}
    started = world.call("execute_workflow", path=path, body={}, user=None).json
    secret = {"X-Execution-Secret": started["execution_secret"]}
    whole = read(world, started["execution_id"], user=None, headers=secret)
    tag = whole.headers["ETag"]
    assert "inputs" in whole.json
    assert read(world, started["execution_id"], tag, user=None, headers=secret).status == 304
    assert read(world, started["execution_id"], tag, user=None).status == 200


def test_copy_is_good_for_five_minutes_once_a_minute_has_passed(world: World) -> None:
    execution_id = ended(world)
    fresh = read(world, execution_id, after_seconds=61)
    assert fresh.headers["Cache-Control"] == "private, max-age=300"
    again = read(world, execution_id, fresh.headers["ETag"], after_seconds=70)
    assert_not_modified(again, fresh)


def test_failed_execution_may_be_retried_and_is_asked_for_each_time(world: World) -> None:
    broken = flow(start(), transform("a", '{{$error("no")}}'), edges=[("start", "a")])
    execution_id = world.accept(world.save(broken))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    answer = read(world, execution_id, after_seconds=3_600)
    assert (answer.json["status"], answer.headers["Cache-Control"]) == ("failed", "private, no-cache")


def test_cancelled_execution_is_final_once_nothing_of_it_is_under_way(world: World) -> None:
    cleaning = {**GREETING, "on_cancel": {"nodes": [transform("c")], "edges": []}}
    plain, cleans_up = (world.accept(world.save(each)) for each in (GREETING, cleaning))
    for execution_id in (plain, cleans_up):
        world.begin(execution_id)
        assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200
    kept = "private, max-age=300"
    assert read(world, plain, after_seconds=70).headers["Cache-Control"] == kept
    assert read(world, cleans_up, after_seconds=70).headers["Cache-Control"] == "private, no-cache"

    world.finish(cleans_up)
    world.reconcile(after_seconds=3_600)
    assert read(world, cleans_up, after_seconds=70).headers["Cache-Control"] == kept
