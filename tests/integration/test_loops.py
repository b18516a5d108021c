"""Loops: what they go over, how they go round, what fails with an iteration, and what they cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import World, flow
from tests.integration.state_machine import ExecutionFailed

START = {"id": "start", "type": "start"}
END = {"id": "end", "type": "end"}


def loop(body: list[dict[str, Any]], edges: list[tuple[str, ...]] = (), **config: Any) -> dict[str, Any]:  # type: ignore[assignment]
    inner = flow(*body, edges=list(edges))
    return {
        "id": "loop",
        "type": "loop",
        "config": {**config, "body": {"nodes": inner["nodes"], "edges": inner["edges"]}},
    }


def around(node: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return flow(START, node, END, edges=[("start", node["id"]), (node["id"], "end")], **settings)


def value(node_id: str, expression: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "transform", "config": {"value": expression}}


def executed(world: World, definition: dict[str, Any], inputs: dict[str, Any] | None = None) -> Any:
    execution_id = world.accept(world.save(definition), inputs)
    world.finish(execution_id)
    execution = world.get(execution_id)
    assert execution["status"] == "completed", execution["error"]
    return execution


def delayed(node_id: str) -> dict[str, Any]:
    """A node that keeps a body from being one Task for many items."""
    return {"id": node_id, "type": "delay", "config": {"seconds": 0}}


@pytest.mark.parametrize("is_batched", [True, False])
def test_results_are_in_order_and_know_item_and_index(world: World, is_batched: bool) -> None:
    body = [value("double", "{{item.n * 2 + index}}")]
    edges: list[tuple[str, ...]] = []
    if not is_batched:
        body.append(delayed("wait"))
        edges.append(("double", "wait"))
    items = [{"n": n} for n in range(30)]
    execution = executed(world, around(loop(body, edges, items="{{inputs.items}}")), {"items": items})
    assert execution["result"] == {"items": [n * 3 for n in range(30)], "count": 30, "failed": 0}
    node = execution["nodes"]["loop"]
    assert (node["status"], node["iterations"], node["failed_iterations"]) == ("completed", 30, 0)


@pytest.mark.parametrize("items", [[], [7]])
def test_few_items_or_none(world: World, items: list[int]) -> None:
    execution = executed(world, around(loop([value("same", "{{item}}")], items=items)))
    assert execution["result"] == {"items": items, "count": len(items), "failed": 0}


def test_sources_of_the_body_have_the_item_as_input_and_null_items_stay_null(world: World) -> None:
    body = [value("same", "{{input}}")]
    items = [None, False, [1, [2]], {"a": None}, "x"]
    assert executed(world, around(loop(body, items=items)))["result"]["items"] == items


def test_body_reads_what_comes_before_the_loop(world: World) -> None:
    definition = flow(
        START,
        value("rate", "{{inputs.rate}}"),
        loop([value("taxed", "{{item * nodes.rate.output + variables.fee}}")], items=[1, 2]),
        END,
        edges=[("start", "rate"), ("rate", "loop"), ("loop", "end")],
        variables={"fee": 0.5},
    )
    assert executed(world, definition, {"rate": 10})["result"]["items"] == [10.5, 20.5]


def failing_tenth(is_batched: bool = True, **config: Any) -> dict[str, Any]:
    body = [
        {"id": "is_even", "type": "condition", "config": {"expression": "{{item % 2 = 0}}"}},
        value("even", "{{item % 10 = 0 ? $error('tenth') : 'even'}}"),
        value("odd", "odd"),
    ]
    edges: list[tuple[str, ...]] = [("is_even", "even", "true"), ("is_even", "odd", "false")]
    if not is_batched:
        body.append(delayed("after"))
        edges += [("even", "after"), ("odd", "after")]
    return loop(body, edges, items="{{[1..$number(inputs.n)]}}", **config)


@pytest.mark.parametrize("is_batched", [True, False])
def test_items_that_fail_leave_the_others_alone(world: World, is_batched: bool) -> None:
    definition = around(failing_tenth(is_batched, on_item_error="continue"))
    result = executed(world, definition, {"n": 20})["result"]
    assert (result["count"], result["failed"]) == (20, 2)
    for number, found in enumerate(result["items"], 1):
        name = "even" if number % 2 == 0 else "odd"
        # Of several last nodes, an object by node id.
        expected = name if not is_batched else {name: name}
        if number % 10:
            assert found == expected, number
        else:
            error = found["error"]
            assert (error["code"], error["node_id"]) == ("expression_failed", f"loop[{number - 1}]/even")
            assert "tenth" in error["message"]


@pytest.mark.parametrize("is_batched", [True, False])
def test_item_that_fails_fails_the_execution_which_can_be_retried(world: World, is_batched: bool) -> None:
    execution_id = world.accept(world.save(around(failing_tenth(is_batched))), {"n": 20})
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    execution = world.get(execution_id)
    assert execution["status"] == "failed"
    assert execution["error"]["node_id"] == "loop[9]/even"
    assert world.call("retry_execution", path={"execution_id": execution_id}).status == 200
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    assert world.get(execution_id)["attempt"] == 2


@pytest.mark.parametrize("is_batched", [True, False])
def test_loop_fails_with_an_item_where_something_takes_its_failure(world: World, is_batched: bool) -> None:
    definition = around({**failing_tenth(is_batched), "on_error": "continue"})
    execution = executed(world, definition, {"n": 30})
    assert execution["result"]["error"]["code"] == "loop_item_failed"
    assert "loop" in execution["nodes"]
    assert execution["nodes"]["loop"]["status"] == "failed"


def test_what_comes_after_a_failed_node_of_an_item_is_not_run(world: World) -> None:
    body = [
        value("bad", "{{$error('no')}}"),
        value("next", "{{input}}"),
        delayed("wait"),
        value("beside", "{{index}}"),
    ]
    edges: list[tuple[str, ...]] = [("bad", "next"), ("next", "wait")]
    definition = around(loop(body, edges, items=[1], on_item_error="continue"))
    execution_id = world.accept(world.save(definition))
    world.finish(execution_id)
    record = world.item("ExecutionsTable", execution_id=execution_id, record="node@loop[0]/next")
    assert record["status"] == "skipped"


def test_errors_inside_an_item_may_be_tolerated_there(world: World) -> None:
    body = [
        value("bad", "{{$error('no')}}"),
        value("instead", "{{input.error.code & ' at ' & $string(index)}}"),
    ]
    definition = around(loop(body, [("bad", "instead", "error")], items=[1, 2]))
    result = executed(world, definition)["result"]
    assert result == {"items": [f"expression_failed at {i}" for i in range(2)], "count": 2, "failed": 0}


@pytest.mark.parametrize(
    ("kind", "condition", "items"),
    [
        ("while", "{{index < 3}}", [1, 2, 3]),
        ("while", "{{false}}", []),
        ("until", "{{input >= 4}}", [1, 2, 3, 4]),
        ("until", "{{true}}", [1]),
    ],
)
def test_loop_goes_round_with_its_last_result(
    world: World, kind: str, condition: str, items: list[int]
) -> None:
    definition = around(loop([value("add", "{{input + 1}}")], loop_type=kind, condition=condition))
    definition["nodes"].insert(1, value("zero", 0))
    definition["edges"] = [
        {"source": source, "target": target}
        for source, target in (("start", "zero"), ("zero", "loop"), ("loop", "end"))
    ]
    result = executed(world, definition)["result"]
    assert result == {"items": items, "count": len(items), "failed": 0}


def test_loop_that_would_go_round_for_ever_fails(world: World) -> None:
    definition = around(
        loop([value("same", "{{input}}")], loop_type="while", condition="{{true}}", max_iterations=3)
    )
    execution_id = world.accept(world.save(definition))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    error = world.get(execution_id)["error"]
    assert (error["code"], error["node_id"]) == ("loop_too_long", "loop")


@pytest.mark.parametrize(
    ("items", "code"), [("{{'text'}}", "loop_items_invalid"), ([1, 2, 3], "loop_too_long")]
)
def test_items_that_cannot_be_gone_over(world: World, items: Any, code: str) -> None:
    definition = around(loop([value("same", "{{input}}")], items=items, max_iterations=2))
    execution_id = world.accept(world.save(definition))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    assert world.get(execution_id)["error"]["code"] == code


def test_loops_in_loops(world: World) -> None:
    inner = {
        **loop([value("pair", "{{nodes.outer.output & item}}")], items="{{['a', 'b']}}"),
        "id": "inner",
    }
    definition = around(
        loop([value("outer", "{{$string(item)}}"), inner], [("outer", "inner")], items=[1, 2])
    )
    result = executed(world, definition)["result"]
    assert [item["items"] for item in result["items"]] == [["1a", "1b"], ["2a", "2b"]]


def test_while_in_for_each_and_for_each_in_while(world: World) -> None:
    counts = {
        **loop([value("n", "{{input + 1}}")], loop_type="until", condition="{{input >= 3}}"),
        "id": "up",
    }
    each = executed(world, around(loop([counts], items=[0, 1])))["result"]
    assert [item["items"] for item in each["items"]] == [[1, 2, 3], [2, 3]]
    sums = {**loop([value("n", "{{item + 1}}")], items="{{input.items ? input.items : [0]}}"), "id": "all"}
    rounds = executed(world, around(loop([sums], loop_type="while", condition="{{index < 2}}")))["result"]
    assert [item["items"] for item in rounds["items"]] == [[1], [2]]


def test_inner_loop_that_fails_fails_the_item_of_the_outer(world: World) -> None:
    inner = {**loop([value("n", "{{item = 2 ? $error('two') : item}}")], items="{{item}}"), "id": "inner"}
    definition = around(loop([inner], items=[[1], [2], [3]], on_item_error="continue"))
    result = executed(world, definition)["result"]
    assert result["failed"] == 1
    assert result["items"][1]["error"]["code"] == "loop_item_failed"
    assert [result["items"][i]["items"] for i in (0, 2)] == [[1], [3]]


def test_flat_style_is_the_same_loop(world: World) -> None:
    definition = flow(
        START,
        {"id": "loop", "type": "loop", "config": {"items": [1, 2]}},
        {**value("double", "{{item * 2}}"), "parent": "loop"},
        {**value("more", "{{input + 1}}"), "parent": "loop"},
        END,
        edges=[("start", "loop"), ("loop", "double"), ("double", "more"), ("more", "loop"), ("loop", "end")],
    )
    assert executed(world, definition)["result"]["items"] == [3, 5]


def test_large_loop_takes_few_transitions(world: World) -> None:
    """5,000 items with a condition, of which each tenth fails: the second of the issue's shows, on moto."""
    execution_id = world.accept(
        world.save(around(failing_tenth(on_item_error="continue", max_iterations=5_000))), {"n": 5_000}
    )
    machine = world.finish(execution_id)
    result = world.payload(execution_id, "result")
    assert (result["count"], result["failed"]) == (5_000, 500)
    assert [i for i, found in enumerate(result["items"], 1) if "error" in found] == list(range(10, 5_001, 10))
    assert machine.iterations == 10
    assert len(machine.tasks) == 12


def test_node_of_an_iteration_is_read_by_its_path(world: World) -> None:
    body = [value("double", "{{item * 2}}"), delayed("wait")]
    execution_id = world.accept(world.save(around(loop(body, [("double", "wait")], items=[4, 5]))))
    world.finish(execution_id)

    def read(node_id: str, path: str) -> Any:
        parameters = {"execution_id": execution_id, "node_id": node_id}
        return world.call("get_node", path=parameters, query={"path": path})

    found = read("double", "loop[1]/")
    assert (found.status, found.json["output"], found.json["path"]) == (200, 10, "loop[1]/")
    # Of one that never was, as of all that an execution has not reached.
    assert read("double", "loop[7]/").json["status"] == "cancelled"
    assert read("double", "other[1]/").status == 404
    assert read("loop", "loop[1]/").status == 404
    assert read("double", "loop[x]/").status == 400
    assert read("double", "").status == 404
