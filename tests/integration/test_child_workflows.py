"""Workflows that execute others: results, failures, cancels and limits, whatever comes late or twice."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.integration.conftest import World, flow
from tests.integration.state_machine import ExecutionFailed, Waiting
from workflows.adapters.gates import GateStore
from workflows.services.children import Children

Answers = dict[str, dict[str, str]]

GREET = flow(
    {"id": "start", "type": "start"},
    {"id": "greet", "type": "transform", "config": {"value": "{{'Hello ' & inputs.name}}"}},
    edges=[("start", "greet")],
    inputs_schema={"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
)
FAIL = flow({"id": "bad", "type": "transform", "config": {"value": "{{$error('broken')}}"}}, edges=[])


def calling(workflow_id: str, **settings: Any) -> dict[str, Any]:
    config = {"workflow_id": workflow_id, "inputs": {"name": "{{inputs.who}}"}}
    call = {"id": "call", "type": "workflow", "config": {**config, **settings.pop("config", {})}, **settings}
    after = {"id": "after", "type": "transform", "config": {"value": "{{input}}"}}
    return flow(call, after, edges=[("call", "after")])


def child_of(world: World, execution_id: str, node_id: str = "call") -> str:
    child_id: str = world.get(execution_id)["nodes"][node_id]["child_execution_id"]
    return child_id


def begun(world: World, answers: Answers, definition: dict[str, Any], user: str = "owner") -> str:
    """An execution whose child has been started, and no more."""
    execution_id = world.accept(world.save(definition), {"who": "Ada"}, user=user)
    with pytest.raises(Waiting):
        world.finish(execution_id, answers=answers)
    return execution_id


def ended(world: World, execution_id: str) -> None:
    """Let an execution run to its end, and its stream record arrive."""
    with suppress(ExecutionFailed):
        world.finish(execution_id)
    world.follow_up(execution_id)


def woken(answers: Answers) -> bool:
    return [answer.get("error") for answer in answers.values()] == ["Woken"]


def test_result_of_the_child_is_the_output(world: World, answers: Answers) -> None:
    execution_id = begun(world, answers, calling(world.save(GREET)))
    child_id = child_of(world, execution_id)
    child = world.get(child_id)
    assert child["parent"] == {"execution_id": execution_id, "node_id": "call", "path": ""}
    assert child["inputs"] == {"name": "Ada"}
    assert world.get(execution_id)["nodes"]["call"]["status"] == "waiting"
    ended(world, child_id)
    assert woken(answers)
    world.finish(execution_id, answers=answers)
    execution = world.get(execution_id)
    assert (execution["status"], execution["result"]) == ("completed", "Hello Ada")
    assert execution["nodes"]["call"]["child_execution_id"] == child_id


def test_child_that_ends_before_its_parent_waits_is_not_missed(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_token = GateStore.add_token
    execution_id = world.accept(world.save(calling(world.save(GREET))), {"who": "Ada"})

    def add_late(self: GateStore, *arguments: Any) -> Any:
        ended(world, child_of(world, execution_id))
        assert answers == {}
        return add_token(self, *arguments)

    monkeypatch.setattr(GateStore, "add_token", add_late)
    world.finish(execution_id, answers=answers)
    assert world.get(execution_id)["result"] == "Hello Ada"


def test_failed_child_fails_the_node_as_it_says(world: World, answers: Answers) -> None:
    child = world.save(FAIL)
    execution_id = begun(world, answers, calling(child))
    ended(world, child_of(world, execution_id))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id, answers=answers)
    error = world.get(execution_id)["error"]
    assert (error["code"], error["node_id"]) == ("workflow_failed", "call")
    assert "broken" in error["message"]
    tolerant = begun(world, answers, calling(child, on_error="continue"))
    ended(world, child_of(world, tolerant))
    world.finish(tolerant, answers=answers)
    assert world.get(tolerant)["result"]["error"]["code"] == "workflow_failed"


def test_failed_child_is_tried_again_as_another_execution(world: World, answers: Answers) -> None:
    execution_id = begun(world, answers, calling(world.save(FAIL), retry={"max_attempts": 2}))
    first = child_of(world, execution_id)
    ended(world, first)
    with pytest.raises(Waiting):
        world.finish(execution_id, answers=answers)
    second = child_of(world, execution_id)
    assert second != first
    ended(world, second)
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id, answers=answers)


@pytest.mark.parametrize("verb", ["cancel_execution", "fail"])
def test_end_of_the_parent_cancels_its_descendants(world: World, answers: Answers, verb: str) -> None:
    inner = world.save(GREET)
    middle = world.save({**calling(inner), "inputs_schema": None})
    parent = begun(world, answers, calling(middle, config={"inputs": {"who": "Ada"}}))
    child = child_of(world, parent)
    with pytest.raises(Waiting):
        world.finish(child, answers=answers)
    grandchild = child_of(world, child)
    if verb == "fail":
        world.settle(parent, "FAILED", error="Boom", cause="the engine")
    else:
        assert world.call(verb, path={"execution_id": parent}).status == 200
    for execution_id in (parent, child):
        world.follow_up(execution_id)
    assert [world.get(id_)["status"] for id_ in (child, grandchild)] == ["cancelled", "cancelled"]


def test_retried_parent_starts_a_cancelled_child_anew(world: World, answers: Answers) -> None:
    parent = begun(world, answers, calling(world.save(GREET)))
    first = child_of(world, parent)
    world.settle(parent, "FAILED", error="Boom", cause="the engine")
    world.follow_up(parent)
    assert world.call("retry_execution", path={"execution_id": parent}).status == 200
    with pytest.raises(Waiting):
        world.finish(parent, answers=answers)
    assert child_of(world, parent) != first


def test_paused_parent_leaves_its_child_running_and_finds_its_result(world: World, answers: Answers) -> None:
    parent = begun(world, answers, calling(world.save(GREET)))
    child = child_of(world, parent)
    assert world.call("pause_execution", path={"execution_id": parent}).status == 200
    world.follow_up(parent)
    ended(world, child)
    assert world.call("resume_execution", path={"execution_id": parent}).status == 200
    world.finish(parent, answers=answers)
    assert world.get(parent)["result"] == "Hello Ada"
    assert child_of(world, parent) == child


def test_lost_wake_up_is_made_good_by_the_reconciler(world: World, answers: Answers) -> None:
    parent = begun(world, answers, calling(world.save(GREET)))
    world.finish(child_of(world, parent))
    assert answers == {}
    world.reconcile(after_seconds=70)
    assert woken(answers)


def test_lost_start_makes_no_second_child(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function is killed after it has started the child, and comes again."""
    start = Children.start
    started: list[str] = []

    def start_and_die(self: Children, *arguments: Any) -> None:
        start(self, *arguments)
        started.append(arguments[2])
        if len(started) == 1:
            raise SystemExit

    monkeypatch.setattr(Children, "start", start_and_die)
    execution_id = world.accept(world.save(calling(world.save(GREET))), {"who": "Ada"})
    with pytest.raises(SystemExit):
        world.finish(execution_id, answers=answers)

    later = datetime.now(UTC) + timedelta(minutes=20)
    # It counts as a try; with none left the node fails.
    with time_machine.travel(later, tick=True), pytest.raises(ExecutionFailed):
        world.finish(execution_id, answers=answers)
    assert len(set(started)) == 1


def test_owner_decides_what_may_be_executed(world: World, answers: Answers) -> None:
    secret = world.save(GREET, user="other")
    public = world.save({**GREET, "visibility": "public"}, user="other")
    for workflow_id in (secret, "nothing"):
        execution_id = world.accept(world.save(calling(workflow_id)), {"who": "Ada"})
        with pytest.raises(ExecutionFailed):
            world.finish(execution_id, answers=answers)
        assert world.get(execution_id)["error"]["code"] == "workflow_not_found"
    execution_id = begun(world, answers, calling(public))
    assert world.get(child_of(world, execution_id))["status"] in ("pending", "running")


def test_child_is_its_executors_and_has_the_owners_authority(world: World, answers: Answers) -> None:
    greet = world.save({**GREET, "visibility": "public"})
    shared = world.save({**calling(greet), "visibility": "public"})
    execution_id = world.accept(shared, {"who": "Ada"}, user="other")
    with pytest.raises(Waiting):
        world.finish(execution_id, answers=answers)
    parent = world.get(execution_id, user="other")
    child = world.get(parent["nodes"]["call"]["child_execution_id"], user="other")
    assert child["user_id"] == "other"


def test_private_workflow_within_a_public_one_is_shown_to_its_owner_alone(
    world: World, answers: Answers
) -> None:
    shared = world.save({**calling(world.save(GREET)), "visibility": "public"})
    execution_id = world.accept(shared, {"who": "Ada"}, user="other")
    with pytest.raises(Waiting):
        world.finish(execution_id, answers=answers)
    child_id = world.get(execution_id, user="other")["nodes"]["call"]["child_execution_id"]
    for user in ("other", "third", None):
        path = {"execution_id": child_id}
        assert world.call("get_execution", path=path, user=user).status == 404
        assert world.call("cancel_execution", path=path, user=user).status == 404
    child = world.get(child_id)
    assert (child["user_id"], child["inputs"]) == ("owner", {"name": "Ada"})
    ended(world, child_id)
    world.finish(execution_id, answers=answers)
    assert world.get(execution_id, user="other")["result"] == "Hello Ada"


def test_wrong_inputs_fail_the_node(world: World, answers: Answers) -> None:
    definition = calling(world.save(GREET), config={"inputs": {"name": 7}})
    execution_id = world.accept(world.save(definition))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id, answers=answers)
    error = world.get(execution_id)["error"]
    assert error["code"] == "workflow_inputs_invalid"
    assert "/inputs/name" in error["message"]


def test_workflow_that_executes_itself_comes_to_an_end(world: World, answers: Answers) -> None:
    workflow_id = world.save(FAIL)
    definition = calling(workflow_id)
    assert world.call("update_workflow", path={"workflow_id": workflow_id}, body=definition).status == 200
    execution_id = world.accept(workflow_id, {"who": "Ada"})
    for _ in range(10):
        with pytest.raises(Waiting):
            world.finish(execution_id, answers=answers)
        execution_id = child_of(world, execution_id)
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id, answers=answers)
    assert world.get(execution_id)["error"]["code"] == "workflow_too_deep"


def test_each_item_of_a_loop_may_execute_one(world: World, answers: Answers) -> None:
    call = {
        "id": "call",
        "type": "workflow",
        "config": {"workflow_id": world.save(GREET), "inputs": {"name": "{{item}}"}},
    }
    body = {"nodes": [call], "edges": []}
    loop = {"id": "loop", "type": "loop", "config": {"items": ["Ada", "Bob"], "body": body}}
    execution_id = world.accept(world.save(flow(loop, edges=[])))

    def let_the_child_end(payload: dict[str, Any]) -> None:
        record = f"node@{payload['run']['path']}call"
        item = world.item("ExecutionsTable", execution_id=execution_id, record=record)
        ended(world, item["child_id"])

    world.finish(execution_id, answers=answers, while_waiting=let_the_child_end)
    assert world.get(execution_id)["result"]["items"] == ["Hello Ada", "Hello Bob"]
