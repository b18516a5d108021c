"""The definition's JSON Schema, and the jsonschema library as a judge of it that knows nothing of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.unit.compiler.definitions import document
from tests.unit.compiler.strategies import graphs
from workflows.compiler.__main__ import main
from workflows.compiler.documents import is_react_flow
from workflows.compiler.node_types import NODE_TYPES, type_names
from workflows.compiler.normalise import normalise
from workflows.compiler.schemas import definition_schema
from workflows.domain.errors import Invalid

REPOSITORY = Path(__file__).parents[3]
COMMITTED = REPOSITORY / "docs" / "definition.schema.json"
SCHEMA = definition_schema()
VALIDATOR = Draft202012Validator(SCHEMA)

_body = {"nodes": [{"id": "in", "type": "transform", "config": {"value": "{{item}}"}}]}
_query = {"partition": {"name": "a", "value": "b"}}

CONFIGS: list[tuple[str, dict[str, Any]]] = [
    ("start", {}),
    ("end", {"output": None}),
    ("transform", {"value": {"a": "{{inputs}}"}}),
    ("condition", {"field": "a.b", "operator": "equals", "value": 1}),
    ("switch", {"cases": [{"case": "a", "when": "{{true}}"}], "default": "b"}),
    ("tool", {"url": "https://example.com", "method": "post", "json": [1], "expect_status": [200]}),
    ("delay", {"seconds": "{{inputs.n}}"}),
    ("loop", {"items": [1], "max_iterations": 5, "body": _body}),
    ("loop", {"loop_type": "while", "condition": "{{index < 3}}", "body": _body}),
    ("storage", {"operation": "read", "bucket": "files", "key": "a", "format": "csv", "delimiter": ";"}),
    ("aws_s3", {"operation": "list", "bucket": "files", "prefix": "a/", "max_items": "{{inputs.n}}"}),
    ("storage", {"operation": "write", "bucket": "files", "key": "a", "content": {}, "if_absent": True}),
    ("database", {"operation": "get", "table": "orders", "key": {"a": 1}, "consistent": True}),
    ("database", {"operation": "put", "table": "orders", "item": {"a": [None]}, "if": "absent"}),
    ("database", {"operation": "query", "table": "orders", "query": {**_query, "limit": 5}}),
    (
        "database",
        {
            "operation": "query",
            "table": "orders",
            "query": {**_query, "sort": {"name": "n", "operator": "between", "values": [1, 2]}},
        },
    ),
    ("approval", {"message": "May it?", "approvers": "{{inputs.who}}", "form": {"type": "object"}}),
    ("approval", {"message": "a", "approvers": ["a"], "expires_in_seconds": 60, "default": "rejected"}),
    ("workflow", {"workflow_id": "{{inputs.id}}", "inputs": {"a": 1}, "version": 2}),
    ("lambda", {"function_name": "workflow-a:live", "payload": [], "timeout_seconds": 1.5}),
    ("agent", {"model": "m", "prompt": "p", "output_schema": {"type": "object"}, "max_rounds": "{{1}}"}),
    (
        "agent",
        {
            "model": "m",
            "prompt": "p",
            "endpoint": {"url": "https://models.example.com/v1", "api_key": "{{secrets.a}}"},
            "tools": [{"name": "t", "description": "d", "type": "http", "config": {"url": "https://x"}}],
        },
    ),
]

_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 20_000),
    st.sampled_from([0.5, "", "a", "{{1}}", "{{", "error", "csv", "get", "true"]),
    st.just([]),
    st.just({}),
    st.just([{"case": "a"}]),
    st.just({"a": {}}),
)
_names = ["id", "type", "value", "retry", "when", "key", "query", "limit", "name", "max_attempts", "body"]


def accepts(definition: Any) -> bool:
    try:
        normalise(definition)
    except Invalid:
        return False
    return True


def parts(value: Any) -> Iterator[Any]:
    """The objects and arrays in a document, itself first."""
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from parts(part)


@st.composite
def changed(draw: st.DrawFn, definitions: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """A definition in which some values are others, or left out, or new."""
    definition = deepcopy(draw(definitions))
    for _ in range(draw(st.integers(0, 3))):
        part = draw(st.sampled_from(list(parts(definition))))
        if isinstance(part, dict):
            name = draw(st.sampled_from([*part, *_names]))
            if draw(st.booleans()):
                part[name] = deepcopy(draw(_values))
            else:
                part.pop(name, None)
        elif part:
            part[draw(st.integers(0, len(part) - 1))] = deepcopy(draw(_values))
    return definition


def of_config(found: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    kind, config = found
    return document([{"id": "n", "type": kind, "config": config}])


def test_schema_is_one_of_its_draft_and_the_committed_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(COMMITTED.read_text()) == SCHEMA


def test_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--schema"]) == 0
    assert capsys.readouterr().out == COMMITTED.read_text()


def test_every_type_is_tried_and_described() -> None:
    assert {kind for kind, _ in CONFIGS} - {"tool", "aws_s3"} == NODE_TYPES.keys() - {"http"}
    told = [each["then"]["description"] for each in SCHEMA["$defs"]["node"]["allOf"]]
    assert told == [kind.description for kind in NODE_TYPES.values()]
    names = [
        name for each in SCHEMA["$defs"]["node"]["allOf"] for name in each["if"]["properties"]["type"]["enum"]
    ]
    assert sorted(names) == sorted(type_names())


def test_every_field_is_described() -> None:
    described = [
        (name, field.get("description", ""))
        for part in parts(SCHEMA)
        if isinstance(part, dict) and part.get("additionalProperties") is False
        for name, field in part["properties"].items()
    ]
    assert described
    assert not [name for name, text in described if not re.fullmatch(r"[A-Z].*\.", text)]


@pytest.mark.parametrize("found", CONFIGS, ids=lambda found: found[0])
def test_good_config_is_valid(found: tuple[str, dict[str, Any]]) -> None:
    assert accepts(of_config(found))
    VALIDATOR.validate(of_config(found))


@pytest.mark.parametrize("path", sorted((REPOSITORY / "examples").glob("*.json")), ids=lambda path: path.stem)
def test_example_in_the_plain_style_is_valid(path: Path) -> None:
    definition = json.loads(path.read_text())
    assert VALIDATOR.is_valid(definition) or is_react_flow(definition)


@settings(max_examples=60)
@given(changed(st.sampled_from(CONFIGS).map(of_config) | graphs()))
def test_whatever_normalise_accepts_is_valid(definition: dict[str, Any]) -> None:
    """And so whatever is not valid is refused."""
    if accepts(definition):
        VALIDATOR.validate(definition)


@pytest.mark.parametrize(
    "definition",
    [
        of_config(("teleport", {})),
        of_config(("storage", {"operation": "read"})),
        of_config(("storage", {"operation": "steal", "bucket": "files"})),
        of_config(("database", {"operation": "get", "table": "orders", "key": {}})),
        of_config(("database", {"operation": "query", "table": "orders", "query": {"partition": {}}})),
        of_config(("lambda", {"function_name": "arn:aws:lambda:a"})),
        of_config(("agent", {"model": "m", "prompt": "p", "endpoint": {"url": "u", "api_key": "sk-abc"}})),
        of_config(("agent", {"model": "m", "prompt": "p", "tools": [{"name": "t", "type": "http"}]})),
        of_config(("loop", {"items": [], "body": {"nodes": [{"id": "a", "type": "lambda"}]}})),
        {**document([{"id": "a", "type": "start"}]), "nodez": []},
        {"nodes": [{"id": "a", "type": "start", "retry": {"max_attempts": 11}}]},
        {"nodes": [{"id": "a", "type": "start"}], "on_cancel": {"nodes": [{"id": "b"}]}},
        {"nodes": [{"id": "a", "type": "start"}], "edges": [{"source": "a"}]},
    ],
)
def test_what_is_not_valid_is_refused(definition: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(definition)
    assert not accepts(definition)
