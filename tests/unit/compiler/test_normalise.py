from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.compiler.definitions import document, node
from workflows.compiler.graphs import MAX_EDGES, MAX_NODES
from workflows.compiler.normalise import normalise
from workflows.domain.errors import Invalid
from workflows.domain.payload import MAX_DEPTH
from workflows.domain.workflow import Edge, Retry


def problems_of(definition: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        normalise(definition)
    return [(problem.pointer, problem.detail) for problem in caught.value.problems]


def config(kind: str, **values: Any) -> dict[str, Any]:
    return document([{"id": "n", "type": kind, "config": values}])


def reading(expression: str) -> dict[str, Any]:
    """A chain a, n-1, b with a parallel node p; b has the expression."""
    b = node("b", config={"value": {"deep": [f"{{{{ {expression} }}}}"]}})
    return document([node("a"), node("n-1"), b, node("p")], "a n-1", "n-1 b", "a p")


a, b, c = node("a"), node("b"), node("c")
condition = node("c", "condition")

BROKEN: dict[str, tuple[Any, list[str]]] = {
    "not an object": ([a], [""]),
    "nothing at all": ({}, ["/nodes"]),
    "empty graph": (document([]), ["/nodes"]),
    "nodes and edges of the wrong type": ({"nodes": {"a": a}, "edges": "a b"}, ["/nodes", "/edges"]),
    "elements of the wrong type": ({"nodes": [a, 7], "edges": [None]}, ["/nodes/1", "/edges/0"]),
    "cycle": (document([a, b, c], "a b", "b c", "c b"), ["/edges/2"]),
    "cycle that reads along itself": (
        document([a, b, node("c", config={"value": "{{ nodes.d }}"}), node("d")], "a b", "b c", "c d", "d b"),
        ["/edges/3"],
    ),
    "two cycles": (document([a, b, c, node("d")], "a b", "b a", "d c", "c d"), ["/edges/1", "/edges/2"]),
    "dangling edges": (document([a], "a x", "y a"), ["/edges/0/target", "/edges/1/source"]),
    "duplicate ids": (document([a, node("a"), node("a")]), ["/nodes/1/id", "/nodes/2/id"]),
    "duplicate edge": (document([a, b], "a b", "a b"), ["/edges/1"]),
    "edge to itself": (document([a], "a a"), ["/edges/0"]),
    "missing id and type": (document([{"config": {}}]), ["/nodes/0/id", "/nodes/0/type"]),
    "unknown type": (document([node("a", "teleport")]), ["/nodes/0/type"]),
    "bad ids": (
        document([node(bad) for bad in ("", "-a", "a b", "a\n", "x" * 65, "é")]),
        [f"/nodes/{i}/id" for i in range(6)],
    ),
    "ids of the wrong type": (
        {"nodes": [{**a, "id": 1}, {**a, "id": None}], "edges": [{"source": 1, "target": {}}]},
        ["/nodes/0/id", "/nodes/1/id", "/edges/0/source", "/edges/0/target"],
    ),
    "two starts that never join": (
        document([node("s", "start"), node("t", "start"), a, b], "s a", "t b"),
        ["/nodes/1"],
    ),
    "unreachable nodes": (
        document([node("s", "start"), a, b, c], "s a", "b c"),
        ["/nodes/2", "/nodes/3"],
    ),
    "edge into a start and out of an end": (
        document([a, node("s", "start"), node("e", "end"), b], "a s", "s e", "e b"),
        ["/edges/0/target", "/edges/2/source", "/nodes/0"],
    ),
    "handles that are none": (
        document([condition, a, b], "c a yes", "a b true"),
        ["/edges/0/when", "/edges/1/when"],
    ),
    "unknown fields": (
        {
            **document([{**a, "retries": 3}, b]),
            "nodez": [],
            "edges": [{"source": "a", "target": "b", "if": 1}],
        },
        ["/nodez", "/nodes/0/retries", "/edges/0/if"],
    ),
    "unsupported fields": (
        document([{**a, "parent": "loop"}]),
        ["/nodes/0/parent"],
    ),
    "settings out of range": (
        {
            **document([a]),
            "name": "",
            "description": 3,
            "visibility": "secret",
            "variables": [],
            "inputs_schema": True,
            "timeout_seconds": 0,
            "max_concurrent_executions": 1.5,
        },
        [
            "/name",
            "/description",
            "/visibility",
            "/variables",
            "/inputs_schema",
            "/timeout_seconds",
            "/max_concurrent_executions",
        ],
    ),
    "node settings out of range": (
        document(
            [
                node("a", join="some", on_error="ignore", timeout_seconds=901, name="x" * 201),
                node(
                    "b", retry={"max_attempts": 11, "interval_seconds": 0, "backoff_rate": 0.5, "jitter": 1}
                ),
                node("c", retry=3, timeout_seconds=True),
            ]
        ),
        [
            "/nodes/0/name",
            "/nodes/0/join",
            "/nodes/0/timeout_seconds",
            "/nodes/0/on_error",
            "/nodes/1/retry/max_attempts",
            "/nodes/1/retry/interval_seconds",
            "/nodes/1/retry/backoff_rate",
            "/nodes/1/retry/jitter",
            "/nodes/2/retry",
            "/nodes/2/timeout_seconds",
        ],
    ),
    "numbers that are none": (
        {**document([node("a", retry={"backoff_rate": float("nan")})]), "timeout_seconds": float("inf")},
        ["/timeout_seconds", "/nodes/0/retry/backoff_rate"],
    ),
    "config that is no object": (document([{**a, "config": "{}"}]), ["/nodes/0/config"]),
    "config with a typo": (config("transform", valeu=1), ["/nodes/0/config/value", "/nodes/0/config/valeu"]),
    "condition without anything": (config("condition"), ["/nodes/0/config"]),
    "condition both ways": (config("condition", expression="{{ a }}", field="b"), ["/nodes/0/config/field"]),
    "condition that would be text": (
        config("condition", expression="{{ a }} > 3"),
        ["/nodes/0/config/expression"],
    ),
    "condition that is no text or never ends": (
        document(
            [
                node("a", "condition", config={"expression": True}),
                node("b", "condition", config={"expression": "{{ a"}),
            ]
        ),
        ["/nodes/0/config/expression", "/nodes/1/config/expression"],
    ),
    "condition without operator and value": (
        config("condition", field="a"),
        ["/nodes/0/config/operator", "/nodes/0/config/value"],
    ),
    "condition without field, and two operators, both wrong": (
        config("condition", operator="=", condition_type="~", value=1),
        [
            "/nodes/0/config/operator",
            "/nodes/0/config/condition_type",
            "/nodes/0/config/condition_type",
            "/nodes/0/config/field",
        ],
    ),
    "switch cases": (
        config(
            "switch",
            cases=[{"case": "x", "when": "{{ 1 }}"}, {"case": "x", "when": "y"}, {"case": "error"}, 5],
            default="",
        ),
        [
            "/nodes/0/config/default",
            "/nodes/0/config/cases/1/when",
            "/nodes/0/config/cases/1/case",
            "/nodes/0/config/cases/2/case",
            "/nodes/0/config/cases/2/when",
            "/nodes/0/config/cases/3",
        ],
    ),
    "switch without cases": (config("switch", cases=[]), ["/nodes/0/config/cases"]),
    "http": (
        config(
            "http",
            method="FETCH",
            headers=[],
            query="a=1",
            json={},
            body="x",
            timeout_seconds=601,
            expect_status=[200, 99],
        ),
        [
            "/nodes/0/config/method",
            "/nodes/0/config/url",
            "/nodes/0/config/headers",
            "/nodes/0/config/query",
            "/nodes/0/config/timeout_seconds",
            "/nodes/0/config/expect_status",
            "/nodes/0/config/body",
        ],
    ),
    "delay without time": (config("delay"), ["/nodes/0/config"]),
    "delay with two times": (config("delay", seconds=1, until="2026-01-01T00:00:00Z"), ["/nodes/0/config"]),
    "delay backwards": (config("delay", seconds=-1), ["/nodes/0/config/seconds"]),
    "delay of more than a year": (config("delay", seconds=31_536_001), ["/nodes/0/config/seconds"]),
    "delay until a local time": (config("delay", until="2026-01-01T00:00:00"), ["/nodes/0/config/until"]),
    "delay until no time": (config("delay", until="tomorrow"), ["/nodes/0/config/until"]),
    "delay until a number": (config("delay", until=1_767_225_600), ["/nodes/0/config/until"]),
    "delay that never ends": (config("delay", seconds="{{ a"), ["/nodes/0/config/seconds"]),
    "http statuses": (config("http", url="u", expect_status=[]), ["/nodes/0/config/expect_status"]),
    "http body of the wrong type": (config("http", url="u", body={}), ["/nodes/0/config/body"]),
    "expression that does not parse": (reading("1 +"), ["/nodes/2/config/value/deep/0"]),
    "expression that never ends": (config("transform", value="{{ 'a }}'"), ["/nodes/0/config/value"]),
    "expression on no node": (reading("nodes.nowhere.output"), ["/nodes/2/config/value/deep/0"]),
    "expression on itself": (reading("nodes.b.output"), ["/nodes/2/config/value/deep/0"]),
    "expression on a node beside": (reading("nodes.p.output"), ["/nodes/2/config/value/deep/0"]),
    "expression without backticks": (reading("nodes.n-2.output"), ["/nodes/2/config/value/deep/0"]),
    "pointer that needs escapes": (
        config("transform", value={"a/b~c": "{{ }}"}),
        ["/nodes/0/config/value/a~1b~0c"],
    ),
    "too many nodes": (document([node(f"n{i}") for i in range(MAX_NODES + 1)]), ["/nodes"]),
    "too many edges": ({"nodes": [a], "edges": [{}] * (MAX_EDGES + 1)}, ["/edges"]),
    "many at once": (
        {
            "name": 5,
            "nodes": [
                node("a", "http", config={"url": ""}),
                node("a", "condition", config={"expression": "{{ nodes.z.output }}"}),
                node("b", "robot"),
            ],
            "edges": [
                {"source": "a", "target": "b", "when": "maybe"},
                {"source": "b", "target": "a"},
                {"source": "b", "target": "q"},
            ],
        },
        [
            "/name",
            "/nodes/0/config/url",
            "/nodes/2/type",
            "/edges/0/when",
            "/edges/2/target",
            "/edges/1",
            "/nodes/1/id",
            "/nodes/1/config/expression",
        ],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_problem_is_reported_at_once_for(name: str) -> None:
    definition, pointers = BROKEN[name]
    assert [pointer for pointer, _ in problems_of(definition)] == pointers


def test_a_cycle_names_its_nodes_in_order() -> None:
    ((_, detail),) = problems_of(document([a, b, c, node("d")], "a b", "b c", "c d", "d b"))
    assert detail == "this edge closes a cycle: b -> c -> d -> b"


def test_an_id_with_a_hyphen_is_told_to_use_backticks() -> None:
    ((_, detail),) = problems_of(reading("nodes.n"))
    assert "backticks: nodes.`n-1`" in detail


def test_defaults_are_filled_in() -> None:
    workflow = normalise({"nodes": [{"id": "n-1", "type": "tool", "config": {"url": "u", "method": "post"}}]})
    assert workflow.name == "workflow"
    assert workflow.visibility == "private"
    (only,) = workflow.nodes
    assert only.type == "http"
    assert only.config == {"url": "u", "method": "POST", "headers": {}, "query": {}, "timeout_seconds": 30}
    assert only.retry == Retry()
    assert (only.join, only.on_error, only.timeout_seconds) == ("any", "fail", None)


def test_aliases_become_canonical() -> None:
    workflow = normalise(
        document(
            [
                node("i", "input"),
                node("c", "condition", config={"field": "x", "condition_type": "not_empty"}),
                node("o", "output"),
            ],
            "i c",
            "c o true",
        )
    )
    assert [n.type for n in workflow.nodes] == ["start", "condition", "end"]
    assert workflow.nodes[1].config == {"field": "x", "operator": "not_empty"}
    assert workflow.edges == (Edge("i", "c"), Edge("c", "o", "true"))


def test_null_means_the_default_where_there_is_one_and_itself_elsewhere() -> None:
    nulls = {"name": None, "retry": None, "timeout_seconds": None, "join": None}
    workflow = normalise({"nodes": [{"id": "t", "type": "transform", "config": {"value": None}, **nulls}]})
    assert workflow.nodes[0].config == {"value": None}
    assert workflow.nodes[0].retry == Retry()


def test_two_starts_that_join_are_fine() -> None:
    starts = [node("s", "start"), node("t", "start")]
    assert len(normalise(document([*starts, a], "s a", "t a")).nodes) == 3


def test_expressions_may_read_any_ancestor() -> None:
    assert normalise(reading("nodes.a.output + nodes.`n-1`.output + name")).nodes


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("delay", {"seconds": 0}),
        ("delay", {"seconds": 0.5}),
        ("delay", {"seconds": "{{ inputs.wait }}"}),
        ("delay", {"until": "2026-02-23T16:30:05+01:00"}),
        ("delay", {"until": "{{ inputs.day }}T00:00:00Z"}),
        ("condition", {"expression": " {{ input.a > 3 }} "}),
        ("condition", {"field": "a.b", "operator": "equals", "value": None}),
        ("switch", {"cases": [{"case": "x", "when": "{{ true }}"}], "default": "y"}),
        ("end", {"output": {"a": ["{{ input }}"]}}),
    ],
)
def test_a_good_config_is_kept_as_it_is(kind: str, values: dict[str, Any]) -> None:
    assert normalise(config(kind, **values)).nodes[0].config == values


def test_an_http_node_may_expect_statuses() -> None:
    values = {"url": "{{ inputs.url }}", "expect_status": [200, 404], "body": ""}
    assert normalise(config("http", **values)).nodes[0].config.items() >= values.items()


def test_deep_values_and_long_cycles_do_not_overflow_the_stack() -> None:
    deep: Any = "{{ bad"
    for _ in range(MAX_DEPTH):
        deep = [deep]
    nodes = [node(f"n{i}") for i in range(MAX_NODES)]
    edges = [f"n{i} n{(i + 1) % MAX_NODES}" for i in range(MAX_NODES)]
    nodes[0]["config"] = {"value": deep}
    pointers = [pointer for pointer, _ in problems_of(document(nodes, *edges))]
    assert pointers == ["/edges/1999", "/nodes/0/config/value" + "/0" * MAX_DEPTH]


_words = st.sampled_from(
    [
        "a",
        "b",
        "start",
        "end",
        "condition",
        "switch",
        "http",
        "delay",
        "input",
        "true",
        "error",
        "{{ nodes.a }}",
        "{{",
    ]
)
_keys = st.sampled_from(
    [
        "id",
        "type",
        "config",
        "data",
        "position",
        "source",
        "target",
        "when",
        "sourceHandle",
        "condition",
        "cases",
        "case",
        "value",
        "url",
        "seconds",
        "until",
        "retry",
        "max_attempts",
        "expression",
        "field",
        "operator",
        "nodes",
        "edges",
        "name",
        "method",
        "expect_status",
        "condition_config",
    ]
)
_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _words | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=5),
    max_leaves=12,
)
_objects = st.dictionaries(_keys, _values, max_size=6)


@given(
    st.fixed_dictionaries(
        {"nodes": st.lists(_objects | _values, max_size=4)}, optional={"edges": st.lists(_objects)}
    )
    | _values
)
@settings(max_examples=300)
def test_any_json_is_either_valid_or_invalid(definition: Any) -> None:
    with suppress(Invalid):
        normalise(definition)
