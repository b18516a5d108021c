"""Random workflows and random outcomes of their nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.simulation.graph import Outcome
from tests.unit.compiler.definitions import node

_KINDS = ("transform", "http", "http", "condition", "switch", "delay", "approval", "workflow")
_HANDLES = {"condition": ("true", "false"), "switch": ("a", "b"), "approval": ("approved", "rejected")}

RETRY_SECONDS = 7
"""Wait before the second try; before the third it is twice that, as `backoff_rate` is 2 if not given."""

Document = dict[str, Any]


@st.composite
def workflows(draw: Callable[..., Any]) -> Document:
    """Any acyclic graph of up to 12 nodes: every type, both joins, error edges, tolerated failures."""
    count = draw(st.integers(1, 12))
    nodes = [_draw_node(draw, f"n{i}") for i in range(count)]
    pairs = [(i, j) for j in range(count) for i in range(j)]
    # Few edges make independent parts and regions behind one handle, many make chains; N shapes lie between.
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=2 * count)) if pairs else []
    edges = [
        _edge(f"n{i}", f"n{j}", when)
        for i, j in chosen
        for when in draw(st.lists(_handles(nodes[i]["type"]), min_size=1, max_size=2, unique=True))
    ]
    return {"nodes": nodes, "edges": edges}


@st.composite
def pipelines(draw: Callable[..., Any]) -> Document:
    """Layers of `http` nodes, each after a few of the layer before it: prime blocks, hence gates."""
    widths = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    layers = [[f"l{i}w{j}" for j in range(width)] for i, width in enumerate(widths)]
    edges = []
    for above, below in pairwise(layers):
        for target in below:
            sources = draw(st.lists(st.sampled_from(above), min_size=1, max_size=3, unique=True))
            edges += [{"source": source, "target": target} for source in sources]
    return {
        "nodes": [
            _draw_node(draw, name, ("http", "http", "delay", "approval", "workflow"))
            for layer in layers
            for name in layer
        ],
        "edges": edges,
    }


@st.composite
def nested(draw: Callable[..., Any]) -> Document:
    """Sequences, forks, conditions and N shapes inside one another: gates in arms, arms in blocks."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []

    def add(*kinds: str) -> list[str]:
        nodes.append(
            _draw_node(
                draw, f"n{len(nodes)}", kinds or ("http", "delay", "transform", "approval", "workflow")
            )
        )
        return [nodes[-1]["id"]]

    def connect(sources: list[str], targets: list[str], when: str | None = None) -> None:
        edges.extend(_edge(source, target, when) for source in sources for target in targets)

    def block(depth: int) -> tuple[list[str], list[str]]:
        """Adds a block, and returns its first and its last nodes."""
        shape = draw(st.sampled_from(["node", "sequence", "fork", "if", "n", "n"])) if depth else "node"
        if shape == "node":
            only = add()
            return only, only
        if shape == "if":
            condition = add("condition")
            first, last = block(depth - 1)
            connect(condition, first, "true")
            return condition, last + condition * draw(st.integers(0, 1))
        parts = [block(depth - 1) for _ in range(4 if shape == "n" else 2)]
        if shape == "n":
            for above, below in ((0, 2), (0, 3), (1, 3)):
                connect(parts[above][1], parts[below][0])
            return parts[0][0] + parts[1][0], parts[2][1] + parts[3][1]
        if shape == "sequence":
            connect(parts[0][1], parts[1][0])
            return parts[0][0], parts[1][1]
        return parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]

    block(3)
    return {"nodes": nodes, "edges": edges}


def _handles(kind: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((*_HANDLES.get(kind, (None, None)) * 2, None, "error"))


def _edge(source: str, target: str, when: str | None) -> dict[str, str]:
    edge = {"source": source, "target": target}
    return edge | {"when": when} if when else edge


def _draw_node(draw: Callable[..., Any], node_id: str, kinds: tuple[str, ...] = _KINDS) -> dict[str, Any]:
    fields: dict[str, Any] = {"join": draw(st.sampled_from(["any", "any", "all"]))}
    if draw(st.integers(0, 3)) == 0:
        fields["on_error"] = "continue"
    if draw(st.integers(0, 3)) == 0:
        fields["retry"] = {"max_attempts": draw(st.integers(2, 3)), "interval_seconds": RETRY_SECONDS}
    kind = draw(st.sampled_from(kinds))
    if draw(st.booleans()) and kind not in ("approval", "workflow"):
        fields["timeout_seconds"] = draw(st.sampled_from([10, 500]))
    return node(node_id, kind, **fields)


@st.composite
def outcomes(draw: Callable[..., Any], document: Document, *, fatal: bool = False) -> Mapping[str, Outcome]:
    """What each node does when it is executed; unless `fatal`, only those fail whose failure is tolerated.

    Any may use up all tries that it has but the last.
    """
    catching = {edge["source"] for edge in document["edges"] if edge.get("when") == "error"}
    drawn = {}
    for each in document["nodes"]:
        may_fail = fatal or each["id"] in catching or each.get("on_error") == "continue"
        failed = may_fail and draw(st.integers(0, 2), label=f"{each['id']} fails at 0") == 0
        asks = each["type"] == "approval"
        handles = (*(() if asks else ("",)), *_HANDLES.get(each["type"], ()))
        branch = "" if failed else draw(st.sampled_from(handles))
        # To be answered late is no reason to ask again.
        tries = 1 if asks else each.get("retry", {}).get("max_attempts", 1)
        failed_tries = draw(st.sampled_from(range(tries)))
        drawn[each["id"]] = Outcome(branch, failed, failed_tries)
    return drawn


def durations(document: Document) -> st.SearchStrategy[dict[str, float]]:
    """Seconds per node, few enough values that much happens at the same time."""
    seconds = st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0])
    return st.fixed_dictionaries({each["id"]: seconds for each in document["nodes"]})
