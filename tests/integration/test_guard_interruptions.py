"""The guard: cancels, crashes and repeated calls around nodes, on moto's records."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine

from tests.functions import LambdaContext, invoke
from tests.integration.conftest import World, flow
from tests.integration.flows import DIAMOND, fetch, start, statuses, transform
from tests.integration.state_machine import ExecutionFailed
from tests.loopback import Handler, MakeServer, reply, reply_json, say_nothing
from workflows.adapters.dynamodb import Table
from workflows.domain.errors import Unavailable
from workflows.runtime.errors import Superseded
from workflows.runtime.handler import node_handler
from workflows.runtime.node import NodeContext, Outcome


def test_cancel_keeps_every_later_node_from_starting(world: World) -> None:
    execution_id = world.accept(world.save(DIAMOND), {"n": 11})
    machine, run = world.machine(execution_id)

    def cancel_before_big(payload: dict[str, Any]) -> None:
        if "big" in payload.get("nodes", []):
            answer = world.call("cancel_execution", path={"execution_id": execution_id})
            assert answer.status == 200, answer.text

    machine.before_task = cancel_before_big
    with pytest.raises(ExecutionFailed, match="Stopped"):
        machine.execute(run)

    execution = world.get(execution_id)
    assert execution["status"] == "cancelled"
    assert statuses(execution) == {
        "start": "completed",
        "is-big": "completed",
        "big": "cancelled",
        "after-big": "cancelled",
        "small": "skipped",
        "end": "cancelled",
    }


def test_cancel_before_the_first_node_lets_none_start(world: World) -> None:
    execution_id = world.accept(world.save(DIAMOND), {"n": 11})
    assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200

    with pytest.raises(ExecutionFailed, match="Stopped"):
        world.finish(execution_id)

    assert set(statuses(world.get(execution_id)).values()) == {"cancelled"}


def test_settled_node_does_not_run_again_when_its_task_is_repeated(
    world: World, make_server: MakeServer
) -> None:
    server = make_server(reply_json(200, {}))
    wait = {"id": "wait", "type": "delay", "config": {"seconds": 1}}
    edges: list[tuple[str, ...]] = [("start", "call"), ("call", "wait"), ("wait", "end")]
    definition = flow(start(), fetch("call"), wait, transform("end"), edges=edges)
    execution_id = world.accept(world.save(definition), {"url": server.url()})
    machine, run = world.machine(execution_id)

    # Everything up to the end once, then all of it again, as after a crash of the state machine.
    machine.before_task = _fail_once_at("end")
    with pytest.raises(ConnectionError):
        machine.execute(run)
    machine.execute(run)

    assert world.get(execution_id)["status"] == "completed"
    assert len(server.seen) == 1


def _fail_once_at(node_id: str) -> Any:
    seen: list[str] = []

    def before(payload: dict[str, Any]) -> None:
        if node_id in payload.get("nodes", []) and not seen:
            seen.append(node_id)
            raise ConnectionError

    return before


def test_final_segment_repeated_after_the_end_changes_nothing(world: World) -> None:
    execution_id = world.accept(world.save(DIAMOND), {"n": 1})
    machine, run = world.machine(execution_id)
    machine.execute(run)
    first = world.item("ExecutionsTable", execution_id=execution_id, record="execution")

    machine.task(machine.definition["States"]["end"], run)

    assert world.item("ExecutionsTable", execution_id=execution_id, record="execution") == first


class Killed(BaseException):
    """Ends a function without a word, as a time-out does."""


def _kill(_: NodeContext) -> Outcome:
    raise Killed


def test_node_killed_in_its_last_try_fails_at_the_next_start(world: World) -> None:
    execution_id = world.accept(world.save(flow(start(), transform("work"), edges=[("start", "work")])))
    machine, run = world.machine(execution_id)
    killing = node_handler({"transform": _kill})
    machine.handlers["inline"] = lambda payload: killing(payload, LambdaContext())
    with pytest.raises(Killed):
        machine.execute(run)
    assert world.get(execution_id)["current_nodes"] == ["work"]

    lease_is_over = datetime.now(UTC) + timedelta(seconds=60)
    with time_machine.travel(lease_is_over), pytest.raises(ExecutionFailed, match="lost"):
        world.finish(execution_id)

    execution = world.get(execution_id)
    assert (execution["status"], execution["error"]["code"]) == ("failed", "function_lost")


def test_node_under_way_is_left_alone_by_a_second_invocation(world: World) -> None:
    execution_id = world.accept(world.save(flow(start(), transform("work"), edges=[("start", "work")])))
    machine, run = world.machine(execution_id)
    seen: list[type[Exception]] = []

    def call_again(_: NodeContext) -> Outcome:
        with pytest.raises(Superseded) as caught:
            invoke("nodes/inline", {"run": run, "nodes": ["work"]})
        seen.append(caught.type)
        return Outcome(output="done")

    slow = node_handler({"transform": call_again})
    machine.handlers["inline"] = lambda payload: slow(payload, LambdaContext())
    machine.execute(run)

    execution = world.get(execution_id)
    assert (execution["result"], execution["nodes"]["work"]["tries"]) == ("done", 1)
    assert seen == [Superseded]


@pytest.mark.parametrize("failing_write", [2, 3])
def test_node_is_not_blamed_for_a_table_that_does_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, failing_write: int
) -> None:
    execution_id = world.accept(world.save(flow(transform("work"), edges=[])))
    writes = count(1)
    put = Table.put

    def put_or_fail(table: Table, item: dict[str, Any], *rest: Any, **values: Any) -> None:
        if item.get("record") == "node#work" and next(writes) == failing_write - 1:
            raise Unavailable("throttled")
        put(table, item, *rest, **values)

    monkeypatch.setattr(Table, "put", put_or_fail)

    world.finish(execution_id)

    execution = world.get(execution_id)
    assert (execution["status"], execution["nodes"]["work"]["tries"]) == ("completed", 1)


def test_lost_log_lines_do_not_fail_a_node(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    execution_id = world.accept(world.save(flow(transform("work"), edges=[])))
    with monkeypatch.context() as patch:
        patch.setattr(Table, "batch_put", _refuse)
        world.finish(execution_id)
    assert world.get(execution_id)["status"] == "completed"


def _refuse(*_: object) -> None:
    raise Unavailable("throttled")


def test_node_under_way_is_told_of_a_cancel_and_leaves_off(world: World, make_server: MakeServer) -> None:
    execution_id = ""

    def cancel_and_say_nothing(handler: Handler) -> None:
        assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200
        say_nothing(handler)

    server = make_server(cancel_and_say_nothing)
    definition = flow(start(), fetch("call"), edges=[("start", "call")])
    execution_id = world.accept(world.save(definition), {"url": server.url()})
    with pytest.raises(ExecutionFailed, match="Stopped"):
        world.finish(execution_id)

    execution = world.get(execution_id)
    assert (execution["status"], execution["nodes"]["call"]["status"]) == ("cancelled", "cancelled")
    assert execution["nodes"]["call"]["completed_at"] > execution["cancelled_at"]
    assert execution["latest_logs"][-1]["message"] == "cancelled"


def test_node_under_way_finishes_in_a_paused_execution(world: World, make_server: MakeServer) -> None:
    execution_id = ""

    def pause_and_answer(handler: Handler) -> None:
        assert world.call("pause_execution", path={"execution_id": execution_id}).status == 200
        time.sleep(1.2)  # as long as it takes to be asked about the execution once
        reply(200)(handler)

    server = make_server(pause_and_answer)
    definition = flow(start(), fetch("call", retry={"max_attempts": 2}), edges=[("start", "call")])
    execution_id = world.accept(world.save(definition), {"url": server.url()})
    with pytest.raises(ExecutionFailed, match="Stopped"):
        world.finish(execution_id)

    execution = world.get(execution_id)
    assert (execution["status"], execution["nodes"]["call"]["status"]) == ("paused", "completed")
