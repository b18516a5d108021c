"""The guard: dead paths, failures, retries and data, on moto's records."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import World, flow
from tests.integration.flows import DIAMOND, condition, fetch, start, statuses, transform
from tests.integration.state_machine import ExecutionFailed
from tests.loopback import MakeServer, reply, reply_json


def test_dead_side_is_skipped_without_a_task(world: World) -> None:
    execution_id = world.accept(world.save(DIAMOND), {"n": 1})

    machine = world.finish(execution_id)

    execution = world.get(execution_id)
    assert execution["result"] == "small"
    assert statuses(execution) | {"big": "skipped", "after-big": "skipped"} == statuses(execution)
    assert not {"big", "after-big"} & {node for nodes in machine.tasks for node in nodes}


def test_join_all_is_skipped_when_one_edge_is_dead(world: World) -> None:
    definition = flow(
        start(),
        condition("choice", "false"),
        transform("left"),
        transform("right"),
        transform("both", join="all"),
        transform("either", join="any"),
        edges=[
            ("start", "choice"),
            ("start", "right"),
            ("choice", "left", "true"),
            ("left", "both"),
            ("right", "both"),
            ("left", "either"),
            ("right", "either"),
        ],
    )
    execution_id = world.accept(world.save(definition))

    world.finish(execution_id)

    execution = world.get(execution_id)
    assert statuses(execution) | {"both": "skipped", "either": "completed"} == statuses(execution)
    assert execution["result"] == {"either": "either"}


def test_join_gets_the_outputs_of_live_predecessors_by_id(world: World) -> None:
    definition = flow(
        start(),
        transform("a", {"n": 1}),
        transform("b", {"n": 2}),
        transform("sum", "{{input.a.n + input.b.n}}"),
        edges=[("start", "a"), ("start", "b"), ("a", "sum"), ("b", "sum")],
    )
    execution_id = world.accept(world.save(definition))

    world.finish(execution_id)

    assert world.get(execution_id)["result"] == 3


def test_failing_expression_names_node_field_and_expression(world: World) -> None:
    definition = flow(
        start(),
        transform("bad", {"total": ["{{inputs.a + inputs.b}}"]}),
        edges=[("start", "bad")],
    )
    execution_id = world.accept(world.save(definition), {"a": 1, "b": "x"})

    with pytest.raises(ExecutionFailed, match="Stopped"):
        world.finish(execution_id)

    execution = world.get(execution_id)
    assert (execution["status"], execution["error"]["node_id"]) == ("failed", "bad")
    assert "value.total[0]" in execution["error"]["message"]
    assert "{{ inputs.a + inputs.b }}" in execution["error"]["message"]
    assert execution["nodes"]["bad"]["error"]["code"] == "expression_failed"
    assert any(line["level"] == "ERROR" and line["node_id"] == "bad" for line in execution["latest_logs"])


def test_error_edge_takes_over_from_a_failed_node(world: World, make_server: MakeServer) -> None:
    definition = flow(
        start(),
        fetch("call"),
        transform("went-well"),
        transform("rescue", "{{input.error.code}}"),
        edges=[("start", "call"), ("call", "went-well"), ("call", "rescue", "error")],
    )
    execution_id = world.accept(world.save(definition), {"url": make_server(reply(404)).url()})

    world.finish(execution_id)

    execution = world.get(execution_id)
    assert execution["status"] == "completed"
    assert statuses(execution) | {"call": "failed", "went-well": "skipped"} == statuses(execution)
    assert execution["result"]["rescue"] == "http_status"


def test_on_error_continue_goes_on_with_the_error_as_output(world: World, make_server: MakeServer) -> None:
    definition = flow(
        start(),
        fetch("call", on_error="continue"),
        transform("after", "{{input.error.code}}"),
        edges=[("start", "call"), ("call", "after")],
    )
    execution_id = world.accept(world.save(definition), {"url": make_server(reply(400)).url()})

    world.finish(execution_id)

    assert world.get(execution_id)["result"] == "http_status"


def test_retry_tries_again_and_counts(world: World, make_server: MakeServer) -> None:
    server = make_server(reply(500), reply(500), reply_json(200, {"ok": True}))
    definition = flow(start(), fetch("call", retry={"max_attempts": 3}), edges=[("start", "call")])
    execution_id = world.accept(world.save(definition), {"url": server.url()})

    world.finish(execution_id)

    execution = world.get(execution_id)
    assert (execution["status"], execution["nodes"]["call"]["tries"]) == ("completed", 3)
    keys = {seen.headers["Idempotency-Key"] for seen in server.seen}
    assert keys == {f"{execution_id}/call"}


def test_retry_gives_up_after_its_last_attempt(world: World, make_server: MakeServer) -> None:
    server = make_server(reply(500))
    definition = flow(start(), fetch("call", retry={"max_attempts": 2}), edges=[("start", "call")])
    execution_id = world.accept(world.save(definition), {"url": server.url()})

    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)

    assert world.get(execution_id)["status"] == "failed"
    assert len(server.seen) == 2


def test_output_that_nests_too_deeply_fails_its_node(world: World) -> None:
    deep = "{{$reduce([1..150], function($a, $b){[[$a]]}, [1])}}"
    execution_id = world.accept(world.save(flow(transform("deep", deep), edges=[])))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    assert world.get(execution_id)["error"]["code"] == "output_invalid"


def test_delay_waits_until_its_time_and_passes_its_input_on(world: World) -> None:
    definition = flow(
        start(),
        transform("value", {"a": 1}),
        {"id": "wait", "type": "delay", "config": {"seconds": 3600}},
        {"id": "end", "type": "end"},
        edges=[("start", "value"), ("value", "wait"), ("wait", "end")],
    )
    execution_id = world.accept(world.save(definition))
    machine, run = world.machine(execution_id)
    seen: list[dict[str, Any]] = []
    machine.before_task = lambda payload: seen.append(world.get(execution_id))

    machine.execute(run)

    assert seen[-1]["nodes"]["wait"]["status"] == "waiting"
    assert seen[-1]["current_nodes"] == ["wait"]
    assert world.get(execution_id)["result"] == {"a": 1}


def test_large_values_pass_from_node_to_node(world: World) -> None:
    definition = flow(
        start(),
        transform("item", {"text": "{{$join([1..10000].('x'), '')}}"}),
        transform("object", "{{[1..60].$$.input.text}}"),
        transform("count", "{{$count(input)}}"),
        edges=[("start", "item"), ("item", "object"), ("object", "count")],
    )
    execution_id = world.accept(world.save(definition))

    world.finish(execution_id)

    assert world.get(execution_id)["result"] == 60
    storages = {
        node: world.item("ExecutionsTable", execution_id=execution_id, record=f"node#{node}")["output"][
            "storage"
        ]
        for node in ("item", "object", "count")
    }
    assert storages == {"item": "item", "object": "object", "count": "inline"}


def test_switch_takes_the_first_true_case_or_the_default(world: World) -> None:
    definition = flow(
        start(),
        {
            "id": "size",
            "type": "switch",
            "config": {
                "cases": [
                    {"case": "small", "when": "{{inputs.n < 10}}"},
                    {"case": "medium", "when": "{{inputs.n < 100}}"},
                ],
                "default": "large",
            },
        },
        transform("s"),
        transform("m"),
        transform("l"),
        edges=[
            ("start", "size"),
            ("size", "s", "small"),
            ("size", "m", "medium"),
            ("size", "l", "large"),
        ],
    )
    workflow_id = world.save(definition)
    for n, expected in ((5, {"s": "s"}), (50, {"m": "m"}), (500, {"l": "l"})):
        execution_id = world.accept(workflow_id, {"n": n})
        world.finish(execution_id)
        assert world.get(execution_id)["result"] == expected
