"""`agent`: asks a language model, which may ask for tools."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from workflows.compiler.fields import (
    Check,
    Field,
    Fields,
    an_object,
    integer,
    list_of,
    number,
    object_of,
    or_expression,
    read_fields,
    text,
)
from workflows.compiler.node_types.kind import Config, NodeType, Scope
from workflows.domain.errors import Problem
from workflows.domain.inputs_schema import schema_problems
from workflows.domain.workflow import JsonValue

MAX_TOOLS = 32

VALUES: Mapping[str, Check] = {
    "model": text(1, 2_048),
    "system_prompt": text(),
    "prompt": text(),
    "temperature": number(0, 2),
    "max_tokens": integer(1, 200_000),
    "max_rounds": integer(1, 20),
}
"""What fields must be once their expressions are evaluated."""

_a_literal_key = Check(
    lambda _: "must be an expression: store it by PUT /secrets/{name}, and name it as in {{secrets.name}}",
    {"not": {}},
)
_ENDPOINT_FIELDS: Fields = {
    "url": Field(text(), "What comes before `/chat/completions`.", required=True),
    "api_key": Field(or_expression(_a_literal_key), "Its key, a secret."),
    "headers": Field(an_object, "More headers, by name.", default={}),
}
_TOOL_FIELDS: Fields = {
    "name": Field(text(1, 64, "[A-Za-z0-9_-]+"), "What the model calls it.", required=True),
    "description": Field(text(1, 4_000), "What it is for, told to the model.", required=True),
    "parameters": Field(an_object, "A JSON Schema of the object that the model gives, `args`.", default={}),
    "type": Field(text(), "The type of node that it is, of those that may be tools.", required=True),
    "config": Field(an_object, "As its type has it; expressions may name `args`.", default={}),
}

_NO_TOOLS = frozenset({"start", "end", "agent"})
_TOOL_CONFIG = re.compile(r"/tools/(\d+)/config(?:/|$)")


def is_tool(kind: NodeType) -> bool:
    """Whether nodes of a type can be tools: work that is done in one go, and chooses no way."""
    return kind.suspension == "no" and kind.handles is None and kind.name not in _NO_TOOLS


def _tools_fault(value: JsonValue) -> str | None:
    if isinstance(value, list) and len(value) <= MAX_TOOLS:
        return None
    return f"must be an array of at most {MAX_TOOLS} tools {{name, description, parameters, type, config}}"


_tools = Check(_tools_fault, {**list_of(object_of(_TOOL_FIELDS)), "maxItems": MAX_TOOLS})
_endpoint = Check(an_object, object_of(_ENDPOINT_FIELDS))


def _rules(config: Config) -> Iterator[Problem]:
    if isinstance(config.get("output_schema"), dict):
        yield from schema_problems(config["output_schema"], "/output_schema")
    if isinstance(config.get("endpoint"), dict):
        yield from read_fields(config["endpoint"], _ENDPOINT_FIELDS, "/endpoint")[1]
    tools = config.get("tools", [])
    seen: set[str] = set()
    # Of too many, none is looked at: checking schemas takes its time.
    for i, tool in enumerate(() if _tools_fault(tools) else tools):
        if not isinstance(tool, dict):
            yield Problem(
                f"/tools/{i}", "a tool must be an object {name, description, parameters, type, config}"
            )
            continue
        yield from _tool_problems(tool, f"/tools/{i}")
        name = tool.get("name")
        if isinstance(name, str) and name in seen:
            yield Problem(f"/tools/{i}/name", f"another tool is {name!r} already")
        elif isinstance(name, str):
            seen.add(name)


def _tool_problems(tool: Config, pointer: str) -> Iterator[Problem]:
    values, problems = read_fields(tool, _TOOL_FIELDS, pointer)
    yield from problems
    if "parameters" in values:
        yield from schema_problems(values["parameters"], f"{pointer}/parameters")
        if values["parameters"].get("type", "object") != "object":
            yield Problem(f"{pointer}/parameters/type", "type must be object: what a model gives has names")
    if "type" not in values:
        return
    kind = _tool_type(values["type"])
    if kind is None:
        yield Problem(f"{pointer}/type", f"type must be one of {', '.join(_tool_types())}")
    elif "config" in values:
        yield from kind.read_config(values["config"], f"{pointer}/config")[1]


def _complete(config: Config) -> Config:
    complete = {**config, "tools": [_complete_tool(tool) for tool in config["tools"]]}
    if "endpoint" in config:
        complete["endpoint"] = read_fields(config["endpoint"], _ENDPOINT_FIELDS, "")[0]
    return complete


def _complete_tool(tool: Config) -> Config:
    """A tool as the runtime gets it: with what it must know of its type."""
    values, _ = read_fields(tool, _TOOL_FIELDS, "")
    kind = _tool_type(values["type"])
    assert kind is not None
    config, _ = kind.read_config(values["config"], "")
    return {
        **values,
        "parameters": {"type": "object", **values["parameters"]},
        "type": kind.name,
        "config": config,
        "function": kind.function,
        "bound_seconds": kind.bound_seconds(config),
    }


def _scope(config: Config, pointer: str) -> Scope:
    match = _TOOL_CONFIG.match(pointer)
    if match is None:
        # A prompt is for the model, which may say all that it knows.
        return Scope(secrets=pointer.startswith("/endpoint/"))
    tool = config["tools"][int(match[1])]
    name = tool.get("type")
    kind = _tool_type(name) if isinstance(name, str) else None
    return Scope(secrets=kind is None or kind.takes_secrets, args=True)


def _tool_type(name: str) -> NodeType | None:
    # Here, as that module lists this type, too.
    from workflows.compiler.node_types import node_type

    kind = node_type(name)
    return kind if kind is not None and is_tool(kind) else None


def _tool_types() -> list[str]:
    from workflows.compiler.node_types import NODE_TYPES

    return [name for name, kind in NODE_TYPES.items() if is_tool(kind)]


AGENT = NodeType(
    "agent",
    "Asks a language model, which may call tools.",
    "`{text, json?, usage: {input_tokens, output_tokens, total_tokens, calls}, stop_reason}`",
    {
        "model": Field(
            VALUES["model"],
            "The id of a model or inference profile of Bedrock; of an endpoint, whatever it knows.",
            required=True,
        ),
        "system_prompt": Field(VALUES["system_prompt"], "How the model is to go about it."),
        "prompt": Field(VALUES["prompt"], "What the model is asked.", required=True),
        "temperature": Field(or_expression(VALUES["temperature"]), "Else the model's own."),
        "max_tokens": Field(or_expression(VALUES["max_tokens"]), "Of each answer; else the model's own."),
        "output_schema": Field(an_object, "A JSON Schema of the answer; the output then has `json`."),
        "tools": Field(_tools, "What the model may call.", default=[]),
        "max_rounds": Field(
            or_expression(VALUES["max_rounds"]), "How many times it may ask for tools.", default=8
        ),
        "endpoint": Field(_endpoint, "A server that speaks OpenAI's Chat Completions, in place of Bedrock."),
        "timeout_seconds": Field(
            number(0, 600, above=True), "How long the whole conversation may take.", default=120
        ),
    },
    function="agent",
    bound_seconds=lambda config: float(config["timeout_seconds"]),
    rules=_rules,
    complete=_complete,
    takes_secrets=True,
    scope=_scope,
)
