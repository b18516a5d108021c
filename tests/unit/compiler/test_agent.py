from __future__ import annotations

from typing import Any

import pytest

from tests.unit.compiler.definitions import document, node
from workflows.compiler.normalise import normalise
from workflows.domain.errors import Invalid

TOOL: dict[str, Any] = {
    "name": "order",
    "description": "Finds an order.",
    "parameters": {"properties": {"number": {"type": "string"}}},
    "type": "http",
    "config": {"url": "https://shop.example.com/{{args.number}}", "headers": {"X-Key": "{{secrets.shop}}"}},
}


def agent(**config: Any) -> dict[str, Any]:
    return document([{"id": "n", "type": "agent", "config": {"model": "m", "prompt": "p", **config}}])


def tool(**changes: Any) -> dict[str, Any]:
    return agent(tools=[{name: value for name, value in {**TOOL, **changes}.items() if value is not None}])


def endpoint(**values: Any) -> dict[str, Any]:
    return agent(endpoint={"url": "https://models.example.com/v1", **values})


def problems_of(definition: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        normalise(definition)
    at = "/nodes/0/config"
    return [(problem.pointer.removeprefix(at), problem.detail) for problem in caught.value.problems]


BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "no prompt": (agent(prompt=""), "/prompt", "must be a string that is not empty"),
    "hot": (agent(temperature=2.1), "/temperature", "from 0 to 2"),
    "tokens": (agent(max_tokens=0), "/max_tokens", "from 1 to 200000"),
    "rounds": (agent(max_rounds=21), "/max_rounds", "from 1 to 20"),
    "long": (agent(timeout_seconds=601), "/timeout_seconds", "above 0 to 600"),
    "unknown field": (agent(stream=True), "/stream", "no such field"),
    "schema": (agent(output_schema={"type": "text"}), "/output_schema/type", "not valid"),
    "schema that leads out": (
        agent(output_schema={"$ref": "https://example.com/s"}),
        "/output_schema/$ref",
        "leads out",
    ),
    "schema that is none": (agent(output_schema="{{inputs.s}}"), "/output_schema", "must be an object"),
    "literal key": (endpoint(api_key="sk-abc"), "/endpoint/api_key", "PUT /secrets/{name}"),
    "endpoint without url": (agent(endpoint={}), "/endpoint/url", "url is required"),
    "endpoint that is a text": (agent(endpoint="https://x"), "/endpoint", "must be an object"),
    "odd field of an endpoint": (endpoint(secret="x"), "/endpoint/secret", "no such field"),
    "tools that are none": (agent(tools={}), "/tools", "must be an array of at most 32"),
    "too many tools": (agent(tools=[{}] * 33), "/tools", "at most 32"),
    "tool that is none": (agent(tools=["order"]), "/tools/0", "must be an object"),
    "tool without a description": (tool(description=None), "/tools/0/description", "is required"),
    "name of a tool": (tool(name="the order"), "/tools/0/name", "must match"),
    "same name twice": (agent(tools=[TOOL, TOOL]), "/tools/1/name", "another tool is 'order'"),
    "arguments without names": (tool(parameters={"type": "array"}), "/tools/0/parameters/type", "object"),
    "bad parameters": (tool(parameters={"properties": 1}), "/tools/0/parameters/properties", "not of type"),
    "config of a tool": (tool(config={"method": "GET"}), "/tools/0/config/url", "url is required"),
    "field of a tool's config": (
        tool(config={"url": "https://x", "uri": ""}),
        "/tools/0/config/uri",
        "no such field",
    ),
    "args elsewhere": (agent(prompt="{{args.number}}"), "/prompt", "a tool"),
    "args beside a config": (tool(description="{{args.number}}"), "/tools/0/description", "a tool"),
    "secret in a prompt": (agent(prompt="{{secrets.shop}}"), "/prompt", "secrets are not for this field"),
    "secret in a tool's words": (
        tool(description="{{secrets.shop}}"),
        "/tools/0/description",
        "secrets are not for this field",
    ),
    "secret that a tool would tell": (
        tool(type="transform", config={"value": "{{secrets.shop}}"}),
        "/tools/0/config/value",
        "secrets are not for this field",
    ),
    "secrets all at once": (endpoint(api_key="{{secrets}}"), "/endpoint/api_key", "named one by one"),
    "expression in a tool": (
        tool(config={"url": "{{args.}}"}),
        "/tools/0/config/url",
        "not a JSONata expression",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_told_at_its_place(name: str) -> None:
    definition, pointer, detail = BROKEN[name]
    ((found, told),) = problems_of(definition)
    assert found == pointer
    assert detail in told


@pytest.mark.parametrize(
    "kind", ["start", "end", "condition", "switch", "delay", "loop", "agent", "teleport", ""]
)
def test_only_work_that_is_done_in_one_go_is_a_tool(kind: str) -> None:
    ((pointer, detail),) = problems_of(tool(type=kind, config={}))
    assert pointer == "/tools/0/type"
    assert kind == "" or detail.startswith("type must be one of transform, http")


def test_config_is_complete_for_the_runtime() -> None:
    (found,) = normalise(
        agent(tools=[{**TOOL, "type": "tool"}], endpoint={"url": "https://x", "api_key": "{{secrets.a}}"})
    ).nodes
    assert found.config["max_rounds"] == 8
    assert found.config["timeout_seconds"] == 120
    assert found.config["endpoint"]["headers"] == {}
    (complete,) = found.config["tools"]
    assert (complete["type"], complete["function"], complete["bound_seconds"]) == ("http", "http", 30.0)
    assert complete["config"]["method"] == "GET"
    assert complete["parameters"]["type"] == "object"


def test_variable_may_be_called_args() -> None:
    (found,) = normalise(document([node("a", config={"value": "{{args}}"})])).nodes
    assert found.config == {"value": "{{args}}"}
