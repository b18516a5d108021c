"""Random graphs to draw."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from typing import Any

from hypothesis import strategies as st

from workflows.domain.workflow import Edge, Graph, Node, OnCancel, Workflow

_HANDLES = (None, None, None, "true", "false", "a rather long name of a case that does not fit")


@st.composite
def workflows(draw: Callable[..., Any]) -> Workflow:
    """Any graph of up to 30 nodes, with loops in loops and a clean-up."""
    numbers = count()

    def graph(most: int, depth: int) -> Graph:
        size = draw(st.integers(1, most))
        nodes = []
        for _ in range(size):
            is_loop = depth < 2 and draw(st.integers(0, 7)) == 0
            node_id = f"n{next(numbers)}"
            nodes.append(
                Node(node_id, "loop", body=graph(5, depth + 1)) if is_loop else Node(node_id, "transform")
            )
        pairs = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1), st.sampled_from(_HANDLES))
        found = draw(st.lists(pairs, max_size=2 * size, unique=True))
        edges = [Edge(nodes[min(a, b)].id, nodes[max(a, b)].id, when) for a, b, when in found if a != b]
        return Graph(tuple(nodes), tuple(dict.fromkeys(edges)))

    whole = graph(30, 0)
    clean_up = OnCancel(graph(3, 1), 60) if draw(st.integers(0, 4)) == 0 else None
    return Workflow(whole.nodes, whole.edges, on_cancel=clean_up)


def large(nodes: int, edges: int, seed: int) -> Workflow:
    """A graph of so many nodes and edges, of which most are short."""
    chance = random.Random(seed)
    pairs = {(max(0, end - chance.randint(1, 20)), end) for end in range(1, nodes)}
    while len(pairs) < edges:
        start, end = sorted(chance.sample(range(nodes), 2))
        pairs.add((start, end))
    return Workflow(
        tuple(Node(f"n{number}", "http") for number in range(nodes)),
        tuple(Edge(f"n{start}", f"n{end}") for start, end in sorted(pairs)),
    )
