"""Loops' bodies, which a document may write inside the loop or beside it, by naming the loop as `parent`.

Here a document becomes one in which each loop holds its body, with a note of where each part stands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workflows.compiler.fields import Field, Fields, a_list, an_object, read_fields
from workflows.compiler.node_types import node_type
from workflows.compiler.pointers import pointer_to
from workflows.domain.errors import Problem
from workflows.domain.workflow import JsonValue

BODY_FIELDS: Fields = {
    "nodes": Field(a_list, "Nodes of any type, other loops too.", required=True),
    "edges": Field(a_list, "Edges between them.", default=[]),
}
_PARENT_KEYS = ("parent", "parentId", "parentNode")
"""The last two are React Flow's, where they may name a mere frame as well."""


@dataclass(frozen=True, slots=True)
class Part:
    """A node or an edge of the document, and where it stands."""

    pointer: str
    value: JsonValue


@dataclass(slots=True)
class Parts:
    """The nodes and edges of one graph: the workflow's own, or a body's.

    Attributes:
        pointer: Where to tell what is wrong with all of it.
        bodies: Those of its loops whose nodes name them as `parent`, by the loop's id.
    """

    pointer: str
    nodes: list[Part] = dataclasses.field(default_factory=list)
    edges: list[Part] = dataclasses.field(default_factory=list)
    bodies: dict[str, Parts] = dataclasses.field(default_factory=dict)


def parts_of(
    pointer: str, nodes: Sequence[JsonValue], edges: Sequence[JsonValue], react_flow: bool
) -> tuple[Parts, list[Problem]]:
    """Returns a graph with those nodes in bodies that name a parent, and what is wrong with parents."""
    listed = [Part(f"{pointer}/nodes/{i}", node) for i, node in enumerate(nodes)]
    loops = {_id_of(part): part for part in listed if _is_loop(part.value)}
    whole, problems = Parts(pointer), []
    parents: dict[str, str | None] = {}
    homes: dict[str, list[Part]] = {}
    for part in listed:
        parent, found = _parent_of(part, loops, react_flow)
        problems += found
        parents.setdefault(_id_of(part), parent)
        homes.setdefault(parent or "", []).append(part)
    graphs = {"": whole}
    pending = [""]
    while pending:
        home_id = pending.pop()
        home = graphs[home_id]
        home.nodes = homes.pop(home_id, [])
        for part in home.nodes:
            node_id = _id_of(part)
            if node_id in homes and node_id not in graphs:
                graphs[node_id] = home.bodies[node_id] = Parts(part.pointer)
                pending.append(node_id)
    for parent, left in homes.items():
        problems += [
            Problem(pointer_to(part.pointer, "parent"), f"{parent!r} is itself inside this loop")
            for part in left
        ]
    for i, edge in enumerate(edges):
        problems += _place_edge(Part(f"{pointer}/edges/{i}", edge), graphs, parents)
    return whole, problems


def body_of(pointer: str, body: JsonValue) -> tuple[Parts | None, list[Problem]]:
    """Returns the body that a loop's config holds, and what is wrong with it as an object."""
    if detail := an_object(body):
        return None, [Problem(pointer, f"body {detail}")]
    values, problems = read_fields(body, BODY_FIELDS, pointer)
    for i, node in enumerate(values.get("nodes", ())):
        if isinstance(node, dict) and node.get("parent") is not None:
            place = f"{pointer}/nodes/{i}/parent"
            problems.append(Problem(place, "parent is for nodes beside their loop; this one is inside"))
    return Parts(
        pointer,
        [Part(f"{pointer}/nodes/{i}", node) for i, node in enumerate(values.get("nodes", ()))],
        [Part(f"{pointer}/edges/{i}", edge) for i, edge in enumerate(values.get("edges", ()))],
    ), problems


def _id_of(part: Part) -> str:
    """The node's id; empty if it has none that is a string."""
    node_id = part.value.get("id") if isinstance(part.value, dict) else None
    return node_id if isinstance(node_id, str) else ""


def _is_loop(node: JsonValue) -> bool:
    if not isinstance(node, dict):
        return False
    data = node.get("data")
    inner = data if isinstance(data, dict) else {}
    names = (node.get("type"), inner.get("type"), inner.get("nodeType"))
    kinds = (node_type(name) for name in names if isinstance(name, str))
    found = next((kind for kind in kinds if kind), None)
    return found is not None and found.suspension == "loop"


def _parent_of(part: Part, loops: Mapping[str, Part], react_flow: bool) -> tuple[str | None, list[Problem]]:
    if not isinstance(part.value, dict):
        return None, []
    for key in _PARENT_KEYS if react_flow else _PARENT_KEYS[:1]:
        parent = part.value.get(key)
        if isinstance(parent, str) and parent in loops and loops[parent] is not part:
            return parent, []
        if key == "parent" and parent is not None:
            return None, [Problem(pointer_to(part.pointer, key), "parent must be the id of a loop")]
    return None, []


def _place_edge(
    part: Part, graphs: Mapping[str, Parts], parents: Mapping[str, str | None]
) -> Iterable[Problem]:
    edge = part.value if isinstance(part.value, dict) else {}
    source, target = edge.get("source"), edge.get("target")
    known = [end for end in (source, target) if isinstance(end, str) and end in parents]
    homes = {parents[end] for end in known}
    if len(homes) < 2:
        # Where it leads is told with its graph, also if an end of it is no node.
        graphs.get("".join(home or "" for home in homes), graphs[""]).edges.append(part)
        return ()
    if parents[known[1]] == known[0] or parents[known[0]] == known[1]:
        # From a loop to its body, or back: an editor's way to draw what `parent` says already.
        return ()
    detail = "an edge leads neither into a loop nor out of it: let it begin or end at the loop itself"
    return (Problem(part.pointer, detail),)
