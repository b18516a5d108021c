"""The JSON Schema of a definition in the plain style, for editors and for programs that make definitions.

Whatever `normalise` accepts is valid by it. It knows no graph: cycles, handles, and what expressions read are
told by `normalise` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workflows.compiler.drafts import EDGE_FIELDS, NODE_FIELDS, RETRY_FIELDS
from workflows.compiler.fields import Fields, Schema, list_of, object_of
from workflows.compiler.nesting import BODY_FIELDS
from workflows.compiler.node_types import NODE_TYPES, names_of
from workflows.compiler.node_types.kind import NodeType
from workflows.compiler.normalise import ON_CANCEL_FIELDS, WORKFLOW_FIELDS

_NODES: Schema = list_of({"$ref": "#/$defs/node"})
_EDGES: Schema = list_of({"$ref": "#/$defs/edge"})
_GRAPH: dict[str, Schema] = {"nodes": _NODES, "edges": _EDGES}


def definition_schema() -> Schema:
    """One document of draft 2020-12."""
    on_cancel = _with(ON_CANCEL_FIELDS, _GRAPH)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Workflow definition",
        **_with(WORKFLOW_FIELDS, {**_GRAPH, "on_cancel": on_cancel}),
        "$defs": {"node": _node(), "edge": object_of(EDGE_FIELDS)},
    }


def _node() -> Schema:
    node = _with(NODE_FIELDS, {"retry": object_of(RETRY_FIELDS)})
    return {**node, "allOf": [_of_type(kind) for kind in NODE_TYPES.values()]}


def _of_type(kind: NodeType) -> Schema:
    """What a node must be like if it is of that type."""
    inner = {"body": _with(BODY_FIELDS, _GRAPH)} if kind.suspension == "loop" else {}
    config = _with(kind.fields, inner)
    then: Schema = {"description": kind.description, "properties": {"config": config}}
    if "required" in config:
        then["required"] = ["config"]
    else:
        then["properties"] = {"config": {"anyOf": [config, {"type": "null"}]}}
    return {
        "if": {"properties": {"type": {"enum": list(names_of(kind))}}, "required": ["type"]},
        "then": then,
    }


def _with(fields: Fields, inner: Mapping[str, Schema]) -> Schema:
    """The schema of an object by its table, of which some fields are told more closely."""
    return object_of(
        {
            name: replace(field, check=replace(field.check, schema=inner[name])) if name in inner else field
            for name, field in fields.items()
        }
    )
