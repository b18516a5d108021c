"""Schemas of inputs: what is wrong with them, and what they say of inputs."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loopback import MakeServer
from workflows.domain import inputs_schema
from workflows.domain.inputs_schema import input_problems, schema_problems, with_defaults

ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["order_id"],
    "additionalProperties": False,
    "properties": {
        "order_id": {"$ref": "#/$defs/id"},
        "lines": {"type": "array", "items": {"$ref": "#line"}},
        "notify": {"type": "boolean", "default": True},
        "ship": {"default": {}, "properties": {"country": {"default": "PT"}}},
    },
    "$defs": {"id": {"pattern": "^order-[0-9]+$"}, "line": {"$anchor": "line", "required": ["a/b"]}},
}
DOUBLING: dict[str, Any] = {
    "$ref": "#/$defs/d0",
    "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)} | {"d40": {}},
}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs_schema, "CHECK_SECONDS", 0.5)


def pointers(found: list[Any]) -> list[str]:
    return [problem.pointer for problem in found]


@pytest.mark.parametrize("schema", [{}, ORDER, {"properties": {"$ref": {"type": "string"}}}, {"$ref": "#"}])
def test_schema_without_a_problem(schema: dict[str, Any]) -> None:
    assert schema_problems(schema, "/inputs_schema") == []


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "objekt"}, ["/type"]),
        ({"properties": {"a/b": {"pattern": "("}}}, ["/properties/a~1b/pattern"]),
        ({"properties": {"a": {"minimum": "1"}, "b": 3}}, ["/properties/a/minimum", "/properties/b"]),
        ({"$ref": "#/$defs/none"}, ["/$ref"]),
        ({"$ref": "#nowhere"}, ["/$ref"]),
        ({"allOf": [{"$ref": "https://example.com/schema"}]}, ["/allOf/0/$ref"]),
        ({"$ref": "file:///etc/passwd"}, ["/$ref"]),
        ({"$dynamicRef": "other.json#x"}, ["/$dynamicRef"]),
        ({"$ref": 3}, ["/$ref"]),
        ({"$id": "https://example.com/schema"}, ["/$id"]),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, ["/$schema"]),
        ({"$schema": 7}, ["/$schema"]),
        ({"description": "x" * 40_000}, [""]),
    ],
)
def test_schema_with_problems(schema: dict[str, Any], expected: list[str]) -> None:
    found = schema_problems(schema, "/inputs_schema")
    assert pointers(found) == [f"/inputs_schema{pointer}" for pointer in expected]


def test_inputs_are_told_each_thing_that_is_wrong() -> None:
    assert input_problems(ORDER, {"order_id": "order-1", "lines": [{"a/b": 1}]}, "/inputs") == []
    inputs = {"order_id": "x", "lines": [{}, {"a/b": 1}, {}], "notify": "yes", "extra": 1}
    found = input_problems(ORDER, inputs, "/inputs")
    assert pointers(found) == [
        "/inputs",
        "/inputs/lines/0",
        "/inputs/lines/2",
        "/inputs/notify",
        "/inputs/order_id",
    ]


def test_problems_are_no_more_and_no_longer_than_an_answer_can_hold() -> None:
    schema = {"properties": {"a": {"items": {"type": "integer"}}}}
    found = input_problems(schema, {"a": ["x" * 10_000] * 1_000}, "/inputs")
    assert len(found) == 100
    assert max(len(problem.detail) for problem in found) <= 300


def test_defaults_fill_in_what_is_not_given() -> None:
    given = {"order_id": "order-1", "ship": {"street": "Rua"}}
    assert with_defaults(ORDER, given) == {
        "order_id": "order-1",
        "notify": True,
        "ship": {"street": "Rua", "country": "PT"},
    }
    assert with_defaults(ORDER, {})["ship"] == {"country": "PT"}
    assert given == {"order_id": "order-1", "ship": {"street": "Rua"}}
    assert ORDER["properties"]["ship"]["default"] == {}


@pytest.mark.parametrize(
    ("schema", "inputs"),
    [
        ({"properties": {"a": {"pattern": "^(a+)+$"}}}, {"a": "a" * 60 + "b"}),
        (DOUBLING, {}),
        ({"$ref": "#"}, {"a": 1}),
    ],
    ids=["pattern", "doubling", "endless"],
)
def test_check_that_would_not_end_is_a_problem(
    quick: None, schema: dict[str, Any], inputs: dict[str, Any]
) -> None:
    assert schema_problems(schema, "/inputs_schema") == []
    began = time.process_time()
    (problem,) = input_problems(schema, inputs, "/inputs")
    assert "too long" in problem.detail
    assert time.process_time() - began < 5


def test_no_reference_is_fetched(make_server: MakeServer) -> None:
    server = make_server()
    schema = {"properties": {"a": {"$ref": server.url("/schema")}}}
    assert pointers(schema_problems(schema, "")) == ["/properties/a/$ref"]
    with pytest.raises(Exception, match="Unresolvable"):
        input_problems(schema, {"a": 1}, "")
    assert server.seen == []


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_keywords = st.sampled_from(
    ["type", "properties", "items", "$ref", "$id", "$defs", "default", "pattern", "enum", "allOf", "$anchor"]
)


@given(st.dictionaries(_keywords, _json, max_size=4), st.dictionaries(st.text(max_size=5), _json, max_size=3))
def test_any_schema_is_refused_or_can_be_applied(schema: dict[str, Any], inputs: dict[str, Any]) -> None:
    if not schema_problems(schema, ""):
        input_problems(schema, with_defaults(schema, inputs), "")
