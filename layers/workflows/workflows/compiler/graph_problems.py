"""What can be wrong with a graph although each of its nodes and edges is fine by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from workflows.compiler.drafts import EdgeDraft, NodeDraft
from workflows.compiler.order import topological_order
from workflows.domain.errors import Problem
from workflows.domain.workflow import Edge


def duplicate_nodes(nodes: Iterable[NodeDraft], taken: Iterable[str] = ()) -> Iterator[Problem]:
    """Yields each id that is taken, or that an earlier node has already."""
    seen: Counter[str] = Counter(list(taken))
    for draft in nodes:
        if draft.id is not None:
            seen[draft.id] += 1
            if seen[draft.id] > 1:
                yield Problem(draft.view.at("id"), f"another node has the id {draft.id!r} already")


def edge_problems(nodes: Mapping[str, NodeDraft], edges: Iterable[EdgeDraft]) -> Iterator[Problem]:
    """Yields what is wrong with where the edges lead."""
    seen: set[Edge] = set()
    for draft in edges:
        view, edge = draft.view, draft.edge
        source, target = nodes.get(edge.source), nodes.get(edge.target)
        if source is None:
            yield Problem(view.at("source"), f"there is no node {edge.source!r}")
        if target is None:
            yield Problem(view.at("target"), f"there is no node {edge.target!r}")
        if edge.source == edge.target:
            yield Problem(view.pointer, f"an edge leads from {edge.source!r} to itself")
        if edge in seen:
            yield Problem(view.pointer, "the same edge is there already")
        seen.add(edge)
        if source and source.kind and source.kind.name == "end":
            yield Problem(view.at("source"), f"{edge.source!r} is an end node: nothing can follow it")
        if target and target.kind and target.kind.name == "start":
            yield Problem(view.at("target"), f"{edge.target!r} is a start node: nothing can precede it")
        if source and edge.when is not None and (handles := source.handles) and edge.when not in handles:
            choices = ", ".join(sorted(handles))
            yield Problem(view.at("when"), f"{edge.source!r} has no handle {edge.when!r}, only {choices}")


def joins_two_nodes(edge: Edge, nodes: Mapping[str, NodeDraft]) -> bool:
    """Whether an edge is one of the graph, rather than dangling or a loop."""
    return edge.source in nodes and edge.target in nodes and edge.source != edge.target


def cycle_problems(nodes: Mapping[str, NodeDraft], edges: Sequence[EdgeDraft]) -> Iterator[Problem]:
    """Yields each cycle at the edge that closes it."""
    _, cycles = topological_order(list(nodes), (draft.edge for draft in edges))
    for cycle in cycles:
        closing = next(
            draft for draft in edges if (draft.edge.source, draft.edge.target) == (cycle[-1], cycle[0])
        )
        path = " -> ".join((*cycle, cycle[0]))
        yield Problem(closing.view.pointer, f"this edge closes a cycle: {path}")


def start_problems(nodes: Mapping[str, NodeDraft], edges: Sequence[Edge]) -> Iterator[Problem]:
    """Yields the nodes that no start reaches, and the starts that never join the first one."""
    starts = [node_id for node_id, draft in nodes.items() if draft.kind and draft.kind.name == "start"]
    if not starts:
        return
    pairs = [(edge.source, edge.target) for edge in edges]
    reached = _reachable(starts, pairs)
    for node_id, draft in nodes.items():
        if node_id not in reached:
            yield Problem(draft.view.pointer, f"{node_id!r} cannot be reached from a start node")
    joined = _reachable(starts[:1], [*pairs, *((target, source) for source, target in pairs)])
    for start in starts:
        if start not in joined:
            detail = f"the start nodes {starts[0]!r} and {start!r} never join: make them two workflows"
            yield Problem(nodes[start].view.pointer, detail)


def _reachable(sources: Iterable[str], pairs: Iterable[tuple[str, str]]) -> set[str]:
    successors: dict[str, list[str]] = {}
    for source, target in pairs:
        successors.setdefault(source, []).append(target)
    pending = list(sources)
    reached = set(pending)
    while pending:
        fresh = [target for target in successors.get(pending.pop(), ()) if target not in reached]
        reached.update(fresh)
        pending += fresh
    return reached
