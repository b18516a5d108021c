"""Definitions of workflows as components: what `docs/definition.schema.json` says, node type by node type."""

from __future__ import annotations

import json
from typing import Any

from workflows.compiler.node_types import NODE_TYPES, names_of
from workflows.compiler.schemas import definition_schema

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"
_TITLES = {"node": "Node", "edge": "Edge"}


def definition_components() -> dict[str, Schema]:
    """`Definition`, which is what callers save, and all that it refers to.

    A node is one of its type, where the JSON Schema has a list of conditions: pages and generators of clients
    show the former.
    """
    schema = _referring_to_components(definition_schema())
    definitions = schema.pop("$defs")
    schema.pop("$schema")
    node = definitions["node"]
    types = {_title(of_type): _node_of_type(node, of_type) for of_type in node["allOf"]}
    mapping = {
        name: f"{REFERENCE}{title}"
        for title, each in types.items()
        for name in each["properties"]["type"]["enum"]
    }
    return {
        "Definition": {
            "description": "A workflow, in the plain style or as React Flow saves it.",
            "anyOf": [
                {"$ref": f"{REFERENCE}WorkflowDefinition"},
                {"$ref": f"{REFERENCE}ReactFlowDefinition"},
            ],
        },
        "WorkflowDefinition": schema,
        "ReactFlowDefinition": {
            "description": "A document of an editor built on React Flow: it has a node with a `position`."
            " Display keys beside the workflow's own are kept, and mean nothing.",
            "type": "object",
            "properties": {
                "nodes": {
                    "type": "array",
                    "contains": {"type": "object", "properties": {"position": {}}, "required": ["position"]},
                },
                "edges": {"type": "array"},
            },
            "required": ["nodes"],
        },
        "Node": {
            "oneOf": [{"$ref": f"{REFERENCE}{title}"} for title in types],
            "discriminator": {"propertyName": "type", "mapping": mapping},
        },
        **types,
        "Edge": definitions["edge"],
    }


def _referring_to_components(schema: Schema) -> Schema:
    text = json.dumps(schema)
    for name, title in _TITLES.items():
        text = text.replace(f'"#/$defs/{name}"', f'"{REFERENCE}{title}"')
    changed: Schema = json.loads(text)
    return changed


def _title(of_type: Schema) -> str:
    names = of_type["if"]["properties"]["type"]["enum"]
    (kind,) = (kind for kind in NODE_TYPES.values() if list(names_of(kind)) == names)
    return f"{kind.name.title().replace('_', '')}Node"


def _node_of_type(node: Schema, of_type: Schema) -> Schema:
    """A node, of which a condition's consequences are true."""
    then = of_type["then"]
    properties = {**node["properties"], **of_type["if"]["properties"], **then["properties"]}
    return {
        "description": then["description"],
        "type": "object",
        "properties": properties,
        "required": [*node["required"], *then.get("required", [])],
        "additionalProperties": node["additionalProperties"],
    }
