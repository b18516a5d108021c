"""The outline of a definition that was saved: its nodes' ids, types and names, its edges, loops' bodies.

Nothing is checked: that was done when it was saved, maybe by other rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from workflows.compiler.documents import View, edge_view, is_react_flow, node_view
from workflows.compiler.drafts import EDGE_FIELDS, NODE_FIELDS, without_body
from workflows.compiler.nesting import Parts, body_of, parts_of
from workflows.compiler.node_types import node_type
from workflows.domain.workflow import ERROR_HANDLE, Edge, Graph, JsonValue, Node, OnCancel, Workflow


def outline(document: Mapping[str, JsonValue], *, with_clean_up: bool = True) -> Workflow:
    """Returns the workflow that a document defines, of which configs, among others, are left out."""
    graph = _outline(document)
    on_cancel = document.get("on_cancel") if with_clean_up else None
    return Workflow(
        graph.nodes,
        graph.edges,
        name=document.get("name") or "workflow",
        on_cancel=OnCancel(_outline(on_cancel), 0) if on_cancel else None,
    )


def _outline(document: Mapping[str, JsonValue]) -> Graph:
    react_flow = is_react_flow(document)
    parts, _ = parts_of("", document.get("nodes") or (), document.get("edges") or (), react_flow)
    return _graph(parts, react_flow)


def _graph(parts: Parts, react_flow: bool) -> Graph:
    nodes: dict[str, Node] = {}
    handles: dict[str, frozenset[str]] = {}
    for part in parts.nodes:
        whole = node_view(part.value, "", NODE_FIELDS) if react_flow else View("", part.value)
        view, body = without_body(whole)
        node_id, kind = view.fields["id"], node_type(view.fields["type"])
        inner = parts.bodies.get(node_id) or (body_of("", body.value)[0] if body else None)
        nodes[node_id] = Node(
            id=node_id,
            type=kind.name if kind else view.fields["type"],
            name=view.fields.get("name"),
            join=view.fields.get("join") or "any",
            body=_graph(inner, react_flow) if inner else None,
        )
        config = view.fields.get("config")
        named = kind.handles(config or {}) if kind and kind.handles and react_flow else ()
        handles[node_id] = frozenset({ERROR_HANDLE, *named})
    edges = []
    for part in parts.edges:
        fields = edge_view(part.value, "", EDGE_FIELDS, handles).fields if react_flow else part.value
        if fields["source"] in nodes and fields["target"] in nodes:
            edges.append(Edge(fields["source"], fields["target"], fields.get("when")))
    return Graph(tuple(nodes.values()), tuple(edges))
