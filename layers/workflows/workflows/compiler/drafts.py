"""Nodes and edges as read one by one, before they are known to make a graph."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workflows.compiler.documents import View
from workflows.compiler.fields import (
    Check,
    Field,
    Fields,
    an_object,
    anything,
    integer,
    number,
    one_of,
    read_fields,
    text,
)
from workflows.compiler.nesting import Part
from workflows.compiler.node_types import NODE_TYPES, node_type, type_names
from workflows.compiler.node_types.kind import NodeType
from workflows.compiler.pointers import pointer_to
from workflows.domain.errors import Problem
from workflows.domain.node_record import NODE_ID_PATTERN, is_node_id
from workflows.domain.workflow import ERROR_HANDLE, Edge, JsonValue, Node, Retry


def _node_id_fault(value: JsonValue) -> str | None:
    if isinstance(value, str) and is_node_id(value):
        return None
    return "must be 1 to 64 letters, digits, '_', '.', ':' or '-', the first a letter or digit"


def _type_fault(value: JsonValue) -> str | None:
    if isinstance(value, str) and node_type(value):
        return None
    return f"must be one of {', '.join(NODE_TYPES)}"


node_id = Check(_node_id_fault, {"type": "string", "pattern": f"^{NODE_ID_PATTERN}$"})
_known_type = Check(_type_fault, {"enum": list(type_names())})


NODE_FIELDS: Fields = {
    "id": Field(node_id, "Names the node in edges, expressions, records and logs.", required=True),
    "type": Field(_known_type, "What it does.", required=True),
    "name": Field(text(1, 200), "What people call it.", default=None),
    "config": Field(an_object, "As its type has it.", default={}),
    "join": Field(
        one_of("any", "all"),
        "With several incoming edges: whether it runs if any is live, or only if all are.",
        default="any",
    ),
    "retry": Field(an_object, "How often, and when, it is tried again.", default={}),
    "timeout_seconds": Field(
        integer(1, 900), "How long a try may take; else the function's 15 minutes.", default=None
    ),
    "on_error": Field(
        one_of("fail", "continue"),
        "If it fails for good: fail the execution, or go on with {error} as its output.",
        default="fail",
    ),
    "parent": Field(anything, "The id of the loop whose body it belongs to, if that has none.", default=None),
}

RETRY_FIELDS: Fields = {
    "max_attempts": Field(integer(1, 10), "How many tries there are, the first included.", default=1),
    "interval_seconds": Field(integer(1, 3600), "The pause before the second try.", default=1),
    "backoff_rate": Field(number(1, 10), "How much longer each further pause is.", default=2.0),
}

EDGE_FIELDS: Fields = {
    "source": Field(text(), "The node that it leads out of.", required=True),
    "target": Field(text(), "The node that it leads to.", required=True),
    "when": Field(
        text(),
        "The handle that its source must choose; error: only if that failed.",
        default=None,
    ),
}


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """A node as far as it could be read.

    Attributes:
        view: What was read.
        id: Its id, if it has a good one.
        kind: Its type, if known.
        node: The node, if nothing is wrong with it; without its body.
        body: What its config holds of a body, of a loop.
    """

    view: View
    id: str | None
    kind: NodeType | None
    node: Node | None
    body: Part | None = None

    @property
    def is_loop(self) -> bool:
        return self.kind is not None and self.kind.suspension == "loop"

    @property
    def handles(self) -> frozenset[str] | None:
        """What `when` may be on edges from it; None if that cannot be told."""
        config = self.view.fields.get("config")
        if self.kind is None or self.kind.handles is None:
            return frozenset({ERROR_HANDLE}) if self.kind else None
        return frozenset({ERROR_HANDLE, *self.kind.handles(config if isinstance(config, dict) else {})})


@dataclass(frozen=True, slots=True)
class EdgeDraft:
    """An edge whose fields are good, wherever they lead."""

    view: View
    edge: Edge


def read_node(view: View) -> tuple[NodeDraft, list[Problem]]:
    """Returns a node as far as it can be read, and what is wrong with it."""
    view, body = without_body(view)
    values, problems = read_fields(view.fields, NODE_FIELDS, view.pointer, view.places)
    kind = node_type(values["type"]) if "type" in values else None
    config: dict[str, JsonValue] = {}
    if kind and "config" in values:
        config, found = kind.read_config(values["config"], view.at("config"))
        problems += found
    retry, found = read_fields(values.get("retry", {}), RETRY_FIELDS, view.at("retry"))
    problems += found
    node = None
    if kind and not problems:
        node = Node(
            id=values["id"],
            type=kind.name,
            config=config,
            name=values["name"],
            join=values["join"],
            retry=Retry(**retry),
            timeout_seconds=values["timeout_seconds"],
            on_error=values["on_error"],
        )
    if kind and kind.suspension == "token" and view.fields.get("timeout_seconds") is not None:
        problems.append(Problem(view.at("timeout_seconds"), f"timeout_seconds is not for {kind.name} nodes"))
    if kind and kind.suspension == "loop":
        problems += [
            Problem(view.at(name), f"{name} is for the nodes of the loop, each of which may have its own")
            for name in ("retry", "timeout_seconds")
            if view.fields.get(name) not in (None, {})
        ]
    return NodeDraft(view, values.get("id"), kind, node, body), problems


def without_body(view: View) -> tuple[View, Part | None]:
    """Takes the body, whose nodes are read by themselves, out of a loop's config."""
    name, config = view.fields.get("type"), view.fields.get("config")
    kind = node_type(name) if isinstance(name, str) else None
    if not (kind and kind.suspension == "loop" and isinstance(config, dict) and "body" in config):
        return view, None
    rest = {key: value for key, value in config.items() if key != "body"}
    body = Part(pointer_to(view.at("config"), "body"), config["body"])
    return replace(view, fields={**view.fields, "config": rest}), body


def read_edge(view: View) -> tuple[EdgeDraft | None, list[Problem]]:
    """Returns an edge, or what is wrong with its fields."""
    values, problems = read_fields(view.fields, EDGE_FIELDS, view.pointer, view.places)
    if problems:
        return None, problems
    return EdgeDraft(view, Edge(values["source"], values["target"], values["when"])), []
