"""From a document to a valid workflow, or to everything that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from workflows.compiler.documents import View, edge_view, is_react_flow, known_only, node_view
from workflows.compiler.drafts import EDGE_FIELDS, NODE_FIELDS, EdgeDraft, NodeDraft, read_edge, read_node
from workflows.compiler.expression_problems import expression_problems
from workflows.compiler.fields import (
    Field,
    Fields,
    a_list,
    an_object,
    integer,
    one_of,
    read_fields,
    text,
    unsupported,
)
from workflows.compiler.graph_problems import (
    cycle_problems,
    duplicate_nodes,
    edge_problems,
    joins_two_nodes,
    start_problems,
)
from workflows.domain.errors import Invalid, Problem
from workflows.domain.workflow import JsonValue, Workflow

MAX_NODES = 2_000
MAX_EDGES = 20_000
MAX_PART_BYTES = 300 * 1024
"""Of a node's config, or of all variables, as JSON: each is one DynamoDB item, of 400 KB at most."""

_WORKFLOW_FIELDS: Fields = {
    "name": Field(text(1, 200), default="workflow"),
    "description": Field(text(0, 10_000), default=None),
    "visibility": Field(one_of("private", "public"), default="private"),
    "variables": Field(an_object, default={}),
    "inputs_schema": Field(unsupported, default=None),
    "timeout_seconds": Field(integer(1, 31_536_000), default=None),
    "max_concurrent_executions": Field(integer(1, 1_000), default=None),
    "on_cancel": Field(unsupported, default=None),
    "nodes": Field(a_list, required=True),
    "edges": Field(a_list, default=[]),
}


_UNSUPPORTED = frozenset({"inputs_schema", "on_cancel"})
"""Refused rather than ignored, until something acts on them."""


def normalise(document: JsonValue) -> Workflow:
    """Returns the workflow that a document defines, in the plain style or React Flow's.

    Raises:
        Invalid: With all problems: the workflow's own, then those of nodes, edges, graph and expressions.
    """
    if not isinstance(document, dict):
        raise _invalid([Problem("", "a definition must be a JSON object")])
    react_flow = is_react_flow(document)
    settings, problems = read_fields(
        known_only(document, _WORKFLOW_FIELDS) if react_flow else document, _WORKFLOW_FIELDS, ""
    )
    problems += _size_problems(settings)
    problems += _part_problems("/variables", settings.get("variables"))
    if len(settings.get("nodes", ())) > MAX_NODES or len(settings.get("edges", ())) > MAX_EDGES:
        raise _invalid(problems)

    drafts, found = _read_nodes(settings.pop("nodes", []), react_flow)
    problems += found
    nodes: dict[str, NodeDraft] = {}
    for draft in drafts:
        if draft.id is not None:
            nodes.setdefault(draft.id, draft)
    edges, found = _read_edges(settings.pop("edges", []), react_flow, nodes)
    problems += found

    problems += duplicate_nodes(drafts)
    problems += edge_problems(nodes, edges)
    inner = [draft for draft in edges if joins_two_nodes(draft.edge, nodes)]
    cycles = list(cycle_problems(nodes, inner))
    problems += cycles
    problems += start_problems(nodes, inner)
    problems += expression_problems(drafts, nodes, None if cycles else inner)
    if problems:
        raise _invalid(problems)
    return Workflow(
        nodes=tuple(draft.node for draft in drafts if draft.node),
        edges=tuple(draft.edge for draft in edges),
        **{name: value for name, value in settings.items() if name not in _UNSUPPORTED},
    )


def _size_problems(settings: Mapping[str, JsonValue]) -> Iterator[Problem]:
    nodes, edges = settings.get("nodes"), settings.get("edges", ())
    if nodes is not None and not nodes:
        yield Problem("/nodes", "a workflow needs at least one node")
    if nodes is not None and len(nodes) > MAX_NODES:
        yield Problem("/nodes", f"a workflow has at most {MAX_NODES} nodes; these are {len(nodes)}")
    if len(edges) > MAX_EDGES:
        yield Problem("/edges", f"a workflow has at most {MAX_EDGES} edges; these are {len(edges)}")


def _read_nodes(documents: Sequence[JsonValue], react_flow: bool) -> tuple[list[NodeDraft], list[Problem]]:
    drafts: list[NodeDraft] = []
    problems: list[Problem] = []
    for i, document in enumerate(documents):
        pointer = f"/nodes/{i}"
        if not isinstance(document, dict):
            problems.append(Problem(pointer, "a node must be an object"))
            continue
        draft, found = read_node(
            node_view(document, pointer, NODE_FIELDS) if react_flow else View(pointer, document)
        )
        drafts.append(draft)
        problems += found
        problems += _part_problems(f"{pointer}/config", draft.node and draft.node.config)
    return drafts, problems


def _part_problems(pointer: str, part: JsonValue) -> Iterator[Problem]:
    size_bytes = len(json.dumps(part, ensure_ascii=False).encode(errors="replace"))
    if size_bytes > MAX_PART_BYTES:
        yield Problem(pointer, f"has {size_bytes} bytes, {size_bytes - MAX_PART_BYTES} more than allowed")


def _read_edges(
    documents: Sequence[JsonValue], react_flow: bool, nodes: Mapping[str, NodeDraft]
) -> tuple[list[EdgeDraft], list[Problem]]:
    handles = {node_id: draft.handles or frozenset() for node_id, draft in nodes.items()}
    drafts: list[EdgeDraft] = []
    problems: list[Problem] = []
    for i, document in enumerate(documents):
        pointer = f"/edges/{i}"
        if not isinstance(document, dict):
            problems.append(Problem(pointer, "an edge must be an object"))
            continue
        draft, found = read_edge(
            edge_view(document, pointer, EDGE_FIELDS, handles) if react_flow else View(pointer, document)
        )
        drafts += [draft] if draft else []
        problems += found
    return drafts, problems


def _invalid(problems: Sequence[Problem]) -> Invalid:
    rest = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Invalid(
        f"{problems[0].pointer}: {problems[0].detail}{rest}".lstrip(": "), problems=tuple(problems)
    )
