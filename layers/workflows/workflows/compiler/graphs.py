"""Reads the nodes and edges of a workflow, or of its clean-up, as one graph."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from workflows.compiler.documents import View, edge_view, node_view
from workflows.compiler.drafts import EDGE_FIELDS, NODE_FIELDS, EdgeDraft, NodeDraft, read_edge, read_node
from workflows.compiler.expression_problems import expression_problems, too_many_expressions
from workflows.compiler.graph_problems import (
    cycle_problems,
    duplicate_nodes,
    edge_problems,
    joins_two_nodes,
    start_problems,
)
from workflows.compiler.nesting import Part, Parts, body_of, parts_of
from workflows.compiler.order import members, order_of
from workflows.compiler.pointers import pointer_to
from workflows.domain.errors import Problem
from workflows.domain.loop import MAX_LOOP_DEPTH
from workflows.domain.workflow import Edge, Graph, JsonValue, Node

MAX_NODES = 2_000
MAX_EDGES = 20_000
MAX_SCHEMAS = 1_000
_SCHEMA_FIELDS = frozenset({"output_schema", "parameters", "form"})
MAX_PART_BYTES = 300 * 1024
"""Of a node's config, or of all variables, as JSON: each is one DynamoDB item, of 400 KB at most."""


@dataclass(frozen=True, slots=True)
class GraphDraft:
    """Nodes and edges that may have problems yet.

    Attributes:
        nodes: All, in the order of the document.
        by_id: The first of each id.
        is_cyclic: Whether the edges make no order.
        bodies: Of its loops, by id.
    """

    nodes: tuple[NodeDraft, ...]
    by_id: Mapping[str, NodeDraft]
    edges: tuple[EdgeDraft, ...]
    is_cyclic: bool
    bodies: Mapping[str, GraphDraft]

    def valid(self) -> Graph:
        """The graph, once nothing is wrong with it."""
        return Graph(
            tuple(self._with_body(draft.node) for draft in self.nodes if draft.node),
            tuple(draft.edge for draft in self.edges),
        )

    def all_nodes(self) -> Iterator[NodeDraft]:
        """Its nodes, and those of all bodies."""
        yield from self.nodes
        for body in self.bodies.values():
            yield from body.all_nodes()

    def inner_edges(self) -> list[Edge]:
        """The edges that join two of its nodes."""
        return [draft.edge for draft in self.edges if joins_two_nodes(draft.edge, self.by_id)]

    def _with_body(self, node: Node) -> Node:
        return replace(node, body=self.bodies[node.id].valid()) if node.id in self.bodies else node


def read_graph(
    pointer: str,
    nodes: Sequence[JsonValue] | None,
    edges: Sequence[JsonValue],
    react_flow: bool,
    *,
    before: GraphDraft | None = None,
    max_nodes: int = MAX_NODES,
) -> tuple[GraphDraft | None, list[Problem]]:
    """Returns a graph, if it is small enough to look at, and all that is wrong with it.

    Args:
        pointer: Where it stands in the document.
        nodes: None where there are none, which has been said already.
        before: A graph that comes before all of this one: no id may be the same, all outputs may be read.
        max_nodes: With those of all bodies.
    """
    problems = list(_size_problems(pointer, nodes, edges, max_nodes))
    if len(nodes or ()) > max_nodes or len(edges) > MAX_EDGES or _schemas(nodes or ()) > MAX_SCHEMAS:
        return None, problems
    parts, found = parts_of(pointer, nodes or (), edges, react_flow)
    problems += found
    room = _Room(max_nodes - len(nodes or ()), MAX_EDGES - len(edges))
    graph, found = _read(parts, react_flow, room)
    problems += found
    if room.is_exceeded:
        detail = f"with those of its loops, a workflow has at most {max_nodes} nodes and {MAX_EDGES} edges"
        problems.append(Problem(f"{pointer}/nodes", detail))
    drafts = list(graph.all_nodes())
    problems += duplicate_nodes(
        drafts, (draft.id for draft in before.all_nodes() if draft.id) if before else ()
    )
    if place := too_many_expressions(drafts):
        # None of them is parsed: that would take the longer, the more there are.
        problems.append(place)
    else:
        ids = {draft.id for draft in drafts if draft.id is not None}
        problems += _expression_problems(graph, tuple(before.by_id) if before else (), ids)
    return graph, problems


@dataclass(slots=True)
class _Room:
    """How many nodes and edges there may be in bodies yet."""

    nodes: int
    edges: int

    def take(self, body: Parts) -> bool:
        """Whether there is room for a body."""
        self.nodes -= len(body.nodes)
        self.edges -= len(body.edges)
        return not self.is_exceeded

    @property
    def is_exceeded(self) -> bool:
        return self.nodes < 0 or self.edges < 0


def _read(parts: Parts, react_flow: bool, room: _Room, depth: int = 0) -> tuple[GraphDraft, list[Problem]]:
    """Reads a graph and its bodies, all but their expressions."""
    drafts, problems = _read_nodes(parts.nodes, react_flow)
    by_id: dict[str, NodeDraft] = {}
    for draft in drafts:
        if draft.id is not None:
            by_id.setdefault(draft.id, draft)
    edges, found = _read_edges(parts.edges, react_flow, by_id)
    problems += found
    problems += edge_problems(by_id, edges)
    inner = [draft for draft in edges if joins_two_nodes(draft.edge, by_id)]
    cycles = list(cycle_problems(by_id, inner))
    problems += cycles
    problems += start_problems(by_id, [draft.edge for draft in inner])
    bodies: dict[str, GraphDraft] = {}
    for loop_id, draft in by_id.items():
        if draft.is_loop:
            body, found = _body_of(draft, parts.bodies.get(loop_id), depth)
            problems += found
            if body is not None and (loop_id in parts.bodies or room.take(body)):
                bodies[loop_id], found = _read(body, react_flow, room, depth + 1)
                problems += found
    return GraphDraft(tuple(drafts), by_id, tuple(edges), bool(cycles), bodies), problems


def _body_of(draft: NodeDraft, children: Parts | None, depth: int) -> tuple[Parts | None, list[Problem]]:
    place = pointer_to(draft.view.at("config"), "body")
    if depth >= MAX_LOOP_DEPTH:
        return None, [Problem(draft.view.pointer, f"loops nest at most {MAX_LOOP_DEPTH} deep")]
    if draft.body is not None and children is not None:
        return None, [Problem(place, "give its nodes either in body or by naming it as their parent")]
    if children is not None:
        return children, []
    if draft.body is None:
        return None, [Problem(place, "body is required, or nodes that name this loop as their parent")]
    body, problems = body_of(place, draft.body.value)
    if body is not None and not problems and not body.nodes:
        problems.append(Problem(f"{place}/nodes", "a loop needs at least one node"))
    return body, problems


def _expression_problems(
    graph: GraphDraft, readable: Sequence[str], elsewhere: Collection[str]
) -> Iterator[Problem]:
    """Yields what is wrong with the expressions of a graph and its bodies.

    Args:
        readable: The nodes that come before all of it.
        elsewhere: All nodes of the document.
    """
    edges = None if graph.is_cyclic else graph.inner_edges()
    yield from expression_problems(graph.nodes, graph.by_id, edges, readable, elsewhere)
    if not graph.bodies:
        return
    order = order_of(list(graph.by_id), edges or ())
    for loop_id, body in graph.bodies.items():
        before = order.ancestors[order.ids.index(loop_id)]
        known = graph.by_id if edges is None else [order.ids[node] for node in members(before)]
        yield from _expression_problems(body, (*readable, *known), elsewhere)


def part_problems(pointer: str, part: JsonValue) -> Iterator[Problem]:
    """Yields that a part of the document is too large for one item, if it is."""
    size_bytes = len(json.dumps(part, ensure_ascii=False).encode(errors="replace"))
    if size_bytes > MAX_PART_BYTES:
        yield Problem(pointer, f"has {size_bytes} bytes, {size_bytes - MAX_PART_BYTES} more than allowed")


def _schemas(nodes: Sequence[JsonValue]) -> int:
    """Returns how many JSON Schemas the configs may hold: each takes a millisecond and more to check."""
    count = 0
    pending = list(nodes)
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            count += sum(name in _SCHEMA_FIELDS and isinstance(part[name], dict) for name in part)
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    return count


def _size_problems(
    pointer: str, nodes: Sequence[JsonValue] | None, edges: Sequence[JsonValue], max_nodes: int
) -> Iterator[Problem]:
    if nodes is not None and not nodes:
        yield Problem(f"{pointer}/nodes", "a workflow needs at least one node")
    if nodes is not None and _schemas(nodes) > MAX_SCHEMAS:
        detail = (
            f"all nodes together have at most {MAX_SCHEMAS} JSON Schemas (output_schema, parameters, form)"
        )
        yield Problem(f"{pointer}/nodes", detail)
    if nodes is not None and len(nodes) > max_nodes:
        yield Problem(f"{pointer}/nodes", f"a workflow has at most {max_nodes} nodes; these are {len(nodes)}")
    if len(edges) > MAX_EDGES:
        yield Problem(f"{pointer}/edges", f"a workflow has at most {MAX_EDGES} edges; these are {len(edges)}")


def _read_nodes(parts: Sequence[Part], react_flow: bool) -> tuple[list[NodeDraft], list[Problem]]:
    drafts: list[NodeDraft] = []
    problems: list[Problem] = []
    for part in parts:
        at, document = part.pointer, part.value
        if not isinstance(document, dict):
            problems.append(Problem(at, "a node must be an object"))
            continue
        draft, found = read_node(node_view(document, at, NODE_FIELDS) if react_flow else View(at, document))
        drafts.append(draft)
        problems += found
        problems += part_problems(f"{at}/config", draft.node and draft.node.config)
    return drafts, problems


def _read_edges(
    parts: Sequence[Part], react_flow: bool, nodes: Mapping[str, NodeDraft]
) -> tuple[list[EdgeDraft], list[Problem]]:
    handles = {node_id: draft.handles or frozenset() for node_id, draft in nodes.items()}
    drafts: list[EdgeDraft] = []
    problems: list[Problem] = []
    for part in parts:
        at, document = part.pointer, part.value
        if not isinstance(document, dict):
            problems.append(Problem(at, "an edge must be an object"))
            continue
        draft, found = read_edge(
            edge_view(document, at, EDGE_FIELDS, handles) if react_flow else View(at, document)
        )
        drafts += [draft] if draft else []
        problems += found
    return drafts, problems
