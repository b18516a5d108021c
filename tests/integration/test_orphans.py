"""Executions that others start while those end, and the slots that they take."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import World, flow
from tests.integration.state_machine import ExecutionFailed, Waiting
from tests.integration.test_child_workflows import GREET, Answers, begun, calling, child_of, ended
from workflows.adapters.executions import ExecutionStore
from workflows.domain.execution import Execution
from workflows.services.children import children, relations
from workflows.services.starts import starts

ASK = flow({"id": "ask", "type": "approval", "config": {"message": "Well?"}}, edges=[])


def cancel(world: World, execution_id: str) -> None:
    assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200
    world.follow_up(execution_id)


def cancelled_while_it_starts(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch, error: type[BaseException] | None = None
) -> str:
    """The child of an execution that is cancelled, and followed up, just before the child is written."""
    create = ExecutionStore.create
    parent = world.accept(world.save(calling(world.save(ASK))), {"who": "Ada"})
    children: list[str] = []

    def create_late(self: ExecutionStore, execution: Execution) -> None:
        cancel(world, parent)
        create(self, execution)
        children.append(execution.execution_id)
        if error is not None:
            raise error

    monkeypatch.setattr(ExecutionStore, "create", create_late)
    with pytest.raises(error or (Waiting, ExecutionFailed)):
        world.finish(parent, answers=answers)
    monkeypatch.setattr(ExecutionStore, "create", create)
    return children[0]


def test_child_of_a_parent_that_was_cancelled_just_then_is_cancelled(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = cancelled_while_it_starts(world, answers, monkeypatch)
    assert world.get(child)["status"] == "cancelled"


def test_child_whose_parents_function_died_with_the_parent_is_found(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = cancelled_while_it_starts(world, answers, monkeypatch, SystemExit)
    assert world.get(child)["status"] == "pending"
    world.reconcile(after_seconds=61)
    with pytest.raises(Waiting):
        world.finish(child, answers=answers)
    world.reconcile(after_seconds=130)
    assert world.get(child)["status"] == "cancelled"


def test_retried_parent_keeps_the_child_that_its_late_end_would_cancel(
    world: World, answers: Answers
) -> None:
    """The table's stream tells of the failure when the next attempt waits for the child already."""
    parent = begun(world, answers, calling(world.save(GREET)))
    child = child_of(world, parent)
    world.settle(parent, "FAILED", error="Boom", cause="the engine")
    failed = world.item("ExecutionsTable", execution_id=parent, record="execution")
    assert world.call("retry_execution", path={"execution_id": parent}).status == 200
    with pytest.raises(Waiting):
        world.finish(parent, answers=answers)
    relations().on_end(Execution.from_item(failed))
    ended(world, child)
    world.finish(parent, answers=answers)
    assert world.get(parent)["result"] == "Hello Ada"
    assert child_of(world, parent) == child


def test_clean_ups_child_outlives_the_cancel_that_it_cleans_up_after(world: World, answers: Answers) -> None:
    """Also where the stream tells of the cancel only once it has begun."""
    greet = world.save(GREET)
    undo = {"id": "undo", "type": "workflow", "config": {"workflow_id": greet, "inputs": {"name": "Bob"}}}
    definition = {**calling(greet), "on_cancel": {"nodes": [undo], "edges": []}}
    parent = begun(world, answers, definition)
    child = child_of(world, parent)
    assert world.call("cancel_execution", path={"execution_id": parent}).status == 200
    with pytest.raises(Waiting):
        world.finish(parent, answers=answers)
    undoing = child_of(world, parent, "undo")
    world.follow_up(parent)
    assert (world.get(child)["status"], world.get(undoing)["status"]) == ("cancelled", "pending")
    ended(world, undoing)
    world.finish(parent, answers=answers)
    assert world.get(parent)["nodes"]["undo"]["status"] == "completed"


def forget() -> None:
    """Have services read their settings again."""
    for service in (starts, children):
        service.cache_clear()


def test_child_needs_no_slot_of_its_executor_who_gave_one_to_the_parent(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would wait for each other."""
    monkeypatch.setenv("MAX_CONCURRENT_EXECUTIONS_PER_USER", "1")
    forget()
    try:
        inner = world.save(calling(world.save(GREET), config={"inputs": {"name": "Ada"}}))
        parent = begun(world, answers, calling(inner))
        child = child_of(world, parent)
        assert world.has_started(child)
        with pytest.raises(Waiting):
            world.finish(child, answers=answers)
        assert world.has_started(child_of(world, child))
        other = world.accept(world.save(GREET), {"name": "Eve"})
        assert not world.has_started(other)
    finally:
        monkeypatch.undo()
        forget()


def test_child_waits_for_no_slot_as_its_parent_has_one(world: World, answers: Answers) -> None:
    """Two of which each waits for the slot that the other has would wait for ever."""
    limited = world.save({**GREET, "max_concurrent_executions": 1})
    first = world.accept(limited, {"name": "Eve"})
    assert world.has_started(first)
    parent = begun(world, answers, calling(limited))
    child = child_of(world, parent)
    assert world.has_started(child)
    ended(world, child)
    world.finish(parent, answers=answers)
    assert world.get(parent)["result"] == "Hello Ada"


def test_anonymous_executor_reads_the_child_with_the_parents_secret(world: World, answers: Answers) -> None:
    greet = world.save({**GREET, "visibility": "public"})
    shared = world.save({**calling(greet), "visibility": "public"})
    accepted = world.call(
        "execute_workflow", path={"workflow_id": shared}, body={"inputs": {"who": "Ada"}}, user=None
    )
    execution_id, secret = accepted.json["execution_id"], accepted.json["execution_secret"]
    with pytest.raises(Waiting):
        world.finish(execution_id, answers=answers)
    child = child_of(world, execution_id)

    def shows_inputs(**headers: Any) -> bool:
        path = {"execution_id": child}
        return "inputs" in world.call("get_execution", path=path, user=None, headers=headers).json

    assert shows_inputs(**{"X-Execution-Secret": secret})
    assert not shows_inputs(**{"X-Execution-Secret": secret + "x"})
    assert not shows_inputs()
