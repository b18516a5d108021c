"""Reads the nodes and edges of a workflow, or of its clean-up, as one graph."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflows.compiler.documents import View, edge_view, node_view
from workflows.compiler.drafts import EDGE_FIELDS, NODE_FIELDS, EdgeDraft, NodeDraft, read_edge, read_node
from workflows.compiler.expression_problems import expression_problems
from workflows.compiler.graph_problems import (
    cycle_problems,
    duplicate_nodes,
    edge_problems,
    joins_two_nodes,
    start_problems,
)
from workflows.domain.errors import Problem
from workflows.domain.workflow import Edge, JsonValue, Node

MAX_NODES = 2_000
MAX_EDGES = 20_000
MAX_PART_BYTES = 300 * 1024
"""Of a node's config, or of all variables, as JSON: each is one DynamoDB item, of 400 KB at most."""


@dataclass(frozen=True, slots=True)
class GraphDraft:
    """Nodes and edges that may have problems yet.

    Attributes:
        nodes: All, in the order of the document.
        by_id: The first of each id.
    """

    nodes: tuple[NodeDraft, ...]
    by_id: Mapping[str, NodeDraft]
    edges: tuple[EdgeDraft, ...]

    def valid_nodes(self) -> tuple[Node, ...]:
        return tuple(draft.node for draft in self.nodes if draft.node)

    def valid_edges(self) -> tuple[Edge, ...]:
        return tuple(draft.edge for draft in self.edges)


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
    """
    problems = list(_size_problems(pointer, nodes, edges, max_nodes))
    if len(nodes or ()) > max_nodes or len(edges) > MAX_EDGES:
        return None, problems
    drafts, found = _read_nodes(pointer, nodes or (), react_flow)
    problems += found
    by_id: dict[str, NodeDraft] = {}
    for draft in drafts:
        if draft.id is not None:
            by_id.setdefault(draft.id, draft)
    read_edges, found = _read_edges(pointer, edges, react_flow, by_id)
    problems += found

    problems += duplicate_nodes(drafts, before.by_id if before else ())
    problems += edge_problems(by_id, read_edges)
    inner = [draft.edge for draft in read_edges if joins_two_nodes(draft.edge, by_id)]
    cycles = list(cycle_problems(by_id, [d for d in read_edges if joins_two_nodes(d.edge, by_id)]))
    problems += cycles
    problems += start_problems(by_id, inner)
    problems += expression_problems(drafts, by_id, None if cycles else inner, before.by_id if before else {})
    return GraphDraft(tuple(drafts), by_id, tuple(read_edges)), problems


def part_problems(pointer: str, part: JsonValue) -> Iterator[Problem]:
    """Yields that a part of the document is too large for one item, if it is."""
    size_bytes = len(json.dumps(part, ensure_ascii=False).encode(errors="replace"))
    if size_bytes > MAX_PART_BYTES:
        yield Problem(pointer, f"has {size_bytes} bytes, {size_bytes - MAX_PART_BYTES} more than allowed")


def _size_problems(
    pointer: str, nodes: Sequence[JsonValue] | None, edges: Sequence[JsonValue], max_nodes: int
) -> Iterator[Problem]:
    if nodes is not None and not nodes:
        yield Problem(f"{pointer}/nodes", "a workflow needs at least one node")
    if nodes is not None and len(nodes) > max_nodes:
        yield Problem(f"{pointer}/nodes", f"a workflow has at most {max_nodes} nodes; these are {len(nodes)}")
    if len(edges) > MAX_EDGES:
        yield Problem(f"{pointer}/edges", f"a workflow has at most {MAX_EDGES} edges; these are {len(edges)}")


def _read_nodes(
    pointer: str, documents: Sequence[JsonValue], react_flow: bool
) -> tuple[list[NodeDraft], list[Problem]]:
    drafts: list[NodeDraft] = []
    problems: list[Problem] = []
    for i, document in enumerate(documents):
        at = f"{pointer}/nodes/{i}"
        if not isinstance(document, dict):
            problems.append(Problem(at, "a node must be an object"))
            continue
        draft, found = read_node(node_view(document, at, NODE_FIELDS) if react_flow else View(at, document))
        drafts.append(draft)
        problems += found
        problems += part_problems(f"{at}/config", draft.node and draft.node.config)
    return drafts, problems


def _read_edges(
    pointer: str, documents: Sequence[JsonValue], react_flow: bool, nodes: Mapping[str, NodeDraft]
) -> tuple[list[EdgeDraft], list[Problem]]:
    handles = {node_id: draft.handles or frozenset() for node_id, draft in nodes.items()}
    drafts: list[EdgeDraft] = []
    problems: list[Problem] = []
    for i, document in enumerate(documents):
        at = f"{pointer}/edges/{i}"
        if not isinstance(document, dict):
            problems.append(Problem(at, "an edge must be an object"))
            continue
        draft, found = read_edge(
            edge_view(document, at, EDGE_FIELDS, handles) if react_flow else View(at, document)
        )
        drafts += [draft] if draft else []
        problems += found
    return drafts, problems
