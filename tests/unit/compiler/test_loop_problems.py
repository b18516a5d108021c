"""What is wrong with loops, each with its place in the document as given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.compiler.definitions import document, node
from tests.unit.compiler.test_normalise import problems_of
from workflows.compiler.graphs import MAX_EDGES, MAX_NODES
from workflows.compiler.normalise import normalise
from workflows.domain.loop import MAX_LOOP_DEPTH
from workflows.services.validation import validate

AT = {"position": {"x": 0, "y": 0}}
BODY = "/nodes/0/config/body"
a, b, x, y = node("a"), node("b"), node("x"), node("y")


def loop(loop_id: str, nodes: list[Any] | None, *edges: str, **config: Any) -> dict[str, Any]:
    """A loop over one item, unless its config says otherwise; without a body where `nodes` is None."""
    body = {} if nodes is None else {"body": document(nodes, *edges)}
    config = config if config.keys() & {"loop_type", "items_source"} else {"items": [1], **config}
    return {"id": loop_id, "type": "loop", "config": {**config, **body}}


def of_body(body: Any) -> dict[str, Any]:
    return document([{"id": "l", "type": "loop", "config": {"items": [1], "body": body}}])


def inside(parent: str, child: dict[str, Any]) -> dict[str, Any]:
    return {**child, "parent": parent}


def reading(node_id: str, read: str) -> dict[str, Any]:
    return node(node_id, config={"value": f"{{{{ nodes.{read}.output }}}}"})


def nested(depth: int) -> dict[str, Any]:
    inner = a
    for level in range(depth, 0, -1):
        inner = loop(f"l{level}", [inner])
    return document([inner])


flat = loop("l", None)
HALF = [node(f"b{i}") for i in range(MAX_NODES // 2)]

BODIES: dict[str, tuple[Any, list[str]]] = {
    "no body": (document([flat]), [BODY]),
    "body that is null": (of_body(None), [BODY]),
    "body that is a list": (of_body([a]), [BODY]),
    "body without nodes": (of_body({}), [f"{BODY}/nodes"]),
    "body with an empty list of nodes": (of_body({"nodes": []}), [f"{BODY}/nodes"]),
    "body of the wrong parts": (
        of_body({"nodes": [7, a], "edges": [None], "name": "x"}),
        [f"{BODY}/name", f"{BODY}/nodes/0", f"{BODY}/edges/0"],
    ),
    "nodes and edges of a body": (
        of_body({**document([node("a", "teleport"), node("b", "http", config={})], "b a yes", "a q")}),
        [
            f"{BODY}/nodes/0/type",
            f"{BODY}/nodes/1/config/url",
            f"{BODY}/edges/0/when",
            f"{BODY}/edges/1/target",
        ],
    ),
    "cycle in a body": (document([loop("l", [a, b], "a b", "b a")]), [f"{BODY}/edges/1"]),
    "both styles at once": (document([loop("l", [a]), inside("l", b)]), [BODY]),
    "duplicate ids across bodies": (
        document([loop("l", [a, node("l"), x]), loop("m", [a]), x]),
        [f"{BODY}/nodes/1/id", f"{BODY}/nodes/2/id", "/nodes/1/config/body/nodes/0/id"],
    ),
    "loops that nest too deep": (
        nested(MAX_LOOP_DEPTH + 1),
        ["/nodes/0" + "/config/body/nodes/0" * MAX_LOOP_DEPTH],
    ),
    "too many nodes in all": (
        document([loop("l", [node(f"a{i}") for i in range(MAX_NODES // 2)]), *HALF]),
        ["/nodes"],
    ),
}
EDGES: dict[str, tuple[Any, list[str]]] = {
    "into a body, out of it and across": (
        document(
            [flat, inside("l", a), x, loop("m", None), inside("m", b)],
            *("x a", "a x", "a b", "l b", "l a", "a l", "x l", "l m"),
        ),
        ["/edges/0", "/edges/1", "/edges/2", "/edges/3"],
    ),
    "from a body to a node outside": (
        document([loop("l", [a], "a x", "x a"), x]),
        [f"{BODY}/edges/0/target", f"{BODY}/edges/1/source"],
    ),
    "from outside to a node of a body": (
        document([loop("l", [a]), x], "x a", "a x"),
        ["/edges/0/target", "/edges/1/source"],
    ),
    "from an inner body to the loop around it all": (
        document([flat, inside("l", loop("m", None)), inside("m", a)], "a m", "m l", "a l"),
        ["/edges/2"],
    ),
    "of a body to what is no node": (document([flat, inside("l", a)], "a nowhere"), ["/edges/0/target"]),
}
PARENTS: dict[str, tuple[Any, list[str]]] = {
    "unknown": (document([inside("nobody", a)]), ["/nodes/0/parent"]),
    "no loop": (document([x, inside("x", a)]), ["/nodes/1/parent"]),
    "no text": (document([flat, inside("l", a), {**b, "parent": ["l"]}]), ["/nodes/2/parent"]),
    "itself": (document([inside("l", flat)]), ["/nodes/0/parent", BODY]),
    "in a circle": (
        document([inside("m", flat), inside("l", loop("m", None)), inside("l", a), x]),
        ["/nodes/0/parent", "/nodes/1/parent", "/nodes/2/parent"],
    ),
}
READS: dict[str, tuple[Any, list[str]]] = {
    "a body's node from outside": (
        document([loop("l", [a]), reading("z", "a")], "l z"),
        ["/nodes/1/config/value"],
    ),
    "a body's node by the loop's own items": (
        document([loop("l", [a], items="{{ nodes.a.output }}")]),
        ["/nodes/0/config/items"],
    ),
    "a node of another loop's body": (
        document([loop("l", [a]), loop("m", [reading("z", "a")])], "l m"),
        ["/nodes/1/config/body/nodes/0/config/value"],
    ),
    "a node after the loop from inside": (
        document([loop("l", [reading("z", "x")]), x], "l x"),
        [f"{BODY}/nodes/0/config/value"],
    ),
    "a node beside the loop from inside": (
        document([loop("l", [reading("z", "x")]), x]),
        [f"{BODY}/nodes/0/config/value"],
    ),
    "the loop itself from inside": (
        document([loop("l", [reading("z", "l")])]),
        [f"{BODY}/nodes/0/config/value"],
    ),
    "a later node of the same body": (
        document([loop("l", [reading("z", "b"), b], "z b")]),
        [f"{BODY}/nodes/0/config/value"],
    ),
}
CONFIGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "items twice": ({"items": [1], "items_source": [1]}, ["items_source"]),
    "items that are text": ({"items": "abc"}, ["items"]),
    "items that are a number": ({"items": 3}, ["items"]),
    "a condition on for_each": ({"items": [1], "condition": "{{true}}"}, ["condition"]),
    "no condition on while": ({"loop_type": "while"}, ["condition"]),
    "no condition on until": ({"loop_type": "until"}, ["condition"]),
    "a condition that would be text": ({"loop_type": "until", "condition": "yes {{a}}"}, ["condition"]),
    "items and concurrency on while": (
        {
            "loop_type": "while",
            "condition": "{{true}}",
            "items": [],
            "items_source": [],
            "max_concurrency": 2,
        },
        ["items", "items_source", "max_concurrency"],
    ),
    "bounds": (
        {"items": [1], "max_iterations": 10_001, "max_concurrency": 0, "on_item_error": "skip"},
        ["max_iterations", "max_concurrency", "on_item_error"],
    ),
    "numbers that are none": (
        {"items": [1], "max_iterations": 1.5, "max_concurrency": True},
        ["max_iterations", "max_concurrency"],
    ),
    "a typo": ({"items": [1], "max_iteration": 5}, ["max_iteration"]),
    "an expression that does not parse": ({"items": "{{ [1 }}"}, ["items"]),
    "a secret, which the items would keep": ({"items": "{{ secrets.key }}"}, ["items"]),
}


@pytest.mark.parametrize("name", BODIES)
def test_every_problem_of_a_body_is_reported_for(name: str) -> None:
    definition, pointers = BODIES[name]
    assert [pointer for pointer, _ in problems_of(definition)] == pointers


@pytest.mark.parametrize("name", EDGES)
def test_edges_stay_on_their_side_of_a_loop(name: str) -> None:
    definition, pointers = EDGES[name]
    assert [pointer for pointer, _ in problems_of(definition)] == pointers


@pytest.mark.parametrize("name", PARENTS)
def test_a_parent_is_a_loop_that_is_not_inside(name: str) -> None:
    definition, pointers = PARENTS[name]
    assert [pointer for pointer, _ in problems_of(definition)] == pointers


@pytest.mark.parametrize("name", READS)
def test_expressions_read_what_has_an_output_by_then_for(name: str) -> None:
    definition, pointers = READS[name]
    assert [pointer for pointer, _ in problems_of(definition)] == pointers


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_is_as_its_type_of_loop_asks_for(name: str) -> None:
    config, fields = CONFIGS[name]
    body = {"body": document([a])}
    found = problems_of(document([{"id": "l", "type": "loop", "config": {**config, **body}}]))
    assert [pointer for pointer, _ in found] == [f"/nodes/0/config/{name}" for name in fields]


def test_retry_and_timeout_are_for_the_nodes_inside() -> None:
    bounded = {**loop("l", [a]), "retry": {"max_attempts": 2}, "timeout_seconds": 5}
    found = problems_of(document([bounded]))
    assert [pointer for pointer, _ in found] == ["/nodes/0/retry", "/nodes/0/timeout_seconds"]
    unbounded = {**loop("l", [a]), "retry": {}, "timeout_seconds": None}
    assert normalise(document([unbounded])).nodes[0].body


def test_loops_may_nest_as_deep_as_allowed_and_share_the_nodes_of_a_workflow() -> None:
    assert len(list(normalise(nested(MAX_LOOP_DEPTH)).all_nodes())) == MAX_LOOP_DEPTH + 1
    most = [node(f"a{i}") for i in range(MAX_NODES - 1)]
    assert len(list(normalise(document([loop("l", most)])).all_nodes())) == MAX_NODES


def test_what_an_inner_body_may_read_is_all_that_comes_before_it() -> None:
    inner = loop("m", [reading("z", "a"), reading("w", "x"), reading("v", "w")], "w v")
    workflow = normalise(document([x, loop("l", [a, inner], "a m")], "x l"))
    assert [each.id for each in workflow.all_nodes()] == ["x", "l", "a", "m", "z", "w", "v"]


def react_flow(*nodes: dict[str, Any], edges: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"nodes": [{**each, **AT} for each in nodes], "edges": edges or []}


LOOP_CARD: dict[str, Any] = {
    "id": "l",
    "type": "loopCard",
    "data": {"nodeType": "loop", "loop_config": {"items": [1], "colour": "red"}},
}


def card(node_id: str, value: Any = 1, **fields: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "transform", "data": {"value": value, "label": node_id}, **fields}


@pytest.mark.parametrize("key", ["parent", "parentId", "parentNode"])
def test_react_flow_children_are_the_body_and_frames_are_frames(key: str) -> None:
    drawn = [{"source": "l", "target": "a", "sourceHandle": "body"}, {"source": "b", "target": "l"}]
    definition = react_flow(
        LOOP_CARD,
        card("a", extent="parent", **{key: "l"}),
        card("b", **{key: "l"}),
        card("frame"),
        card("framed", parentId="frame"),
        edges=[*drawn, {"source": "a", "target": "b"}, {"source": "l", "target": "framed"}],
    )
    workflow = normalise(definition)
    assert [each.id for each in workflow.nodes] == ["l", "frame", "framed"]
    body = workflow.nodes[0].body
    assert body is not None
    assert [each.id for each in body.nodes] == ["a", "b"]
    assert [(edge.source, edge.target) for edge in body.edges] == [("a", "b")]
    assert [(edge.source, edge.target) for edge in workflow.edges] == [("l", "framed")]
    assert "colour" not in workflow.nodes[0].config


def test_problems_of_react_flow_loops_point_to_where_their_config_is() -> None:
    wrong = {"id": "l", "type": "loop", "loop_config": {"loop_type": "while", "items": [1]}}
    body = react_flow(card("c", "{{ nodes.a.output }}"), edges=[{"source": "c", "target": "a"}])
    held = {"id": "m", "type": "loop", "loop_config": {"items": [1], "body": body}}
    definition = react_flow(
        wrong,
        card("a", "{{ nodes.h.output }}", parentNode="l"),
        card("h", "{{ 1 + }}", parent="nobody"),
        {**LOOP_CARD, "id": "k"},
        held,
        edges=[{"source": "a", "target": "h"}],
    )
    assert [pointer for pointer, _ in problems_of(definition)] == [
        "/nodes/2/parent",
        "/edges/0",
        "/nodes/0/loop_config/condition",
        "/nodes/0/loop_config/items",
        "/nodes/3/data/loop_config/body",
        "/nodes/4/loop_config/body/edges/0/target",
        "/nodes/2/data/value",
        "/nodes/1/data/value",
        "/nodes/4/loop_config/body/nodes/0/data/value",
    ]


def test_a_parent_in_a_body_is_no_way_to_nest() -> None:
    found = problems_of(document([loop("l", [inside("nobody", a)])]))
    assert [pointer for pointer, _ in found] == [f"{BODY}/nodes/0/parent"]


def test_edges_of_bodies_count_with_the_others() -> None:
    nodes = [node(f"a{i}") for i in range(300)]
    edges = [f"a{j} a{i}" for i in range(300) for j in range(i)][: MAX_EDGES + 1]
    assert problems_of(document([loop("l", nodes, *edges)]))


def test_a_type_of_loop_that_is_null_is_the_default() -> None:
    assert normalise(document([loop("l", [a], loop_type=None, items=[1])])).nodes[0].body


def test_fields_that_are_null_are_left_out() -> None:
    each = loop("l", [a], items=[1], items_source=None, condition=None)
    until = loop("m", [b], loop_type="until", condition="{{true}}", items=None, max_concurrency=None)
    assert len(normalise(document([each, until])).nodes) == 2


def test_a_node_of_a_body_that_is_read_from_outside_is_not_said_to_be_missing() -> None:
    ((_, detail),) = problems_of(document([loop("l", [a]), reading("z", "a")], "l z"))
    assert "there is no such node" not in detail


def test_schemas_of_all_nodes_are_bounded_before_any_is_checked() -> None:
    ask = [
        node(f"a{i}", "approval", config={"message": "a", "form": {"type": "nothing"}}) for i in range(1_001)
    ]
    ((pointer, detail),) = problems_of(document(ask))
    assert pointer == "/nodes"
    assert "JSON Schemas" in detail


def test_iteration_of_a_distributed_map_has_room_in_its_own_history() -> None:
    again = loop(
        "w", [node("call", "http")], loop_type="while", condition="{{ true }}", max_iterations=10_000
    )
    each = loop("l", [again], items=[1], max_concurrency=100)
    assert normalise(document([each]))
    assert [problem.pointer for problem in validate(document([each]))] == ["/nodes"]
