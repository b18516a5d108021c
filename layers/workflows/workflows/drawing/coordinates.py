"""The third step of a layered layout: where in its layer each vertex is.

Layer after layer, down and up again, each vertex is put where the mean of its neighbours is, or as near to
that as the others of its layer let it: what is least by the squares of all distances. That is an isotonic
regression (R. Barlow and others, "Statistical inference under order restrictions", 1972), and found as
such, by pooling adjacent violators.
"""

from __future__ import annotations

from collections.abc import Sequence

from workflows.drawing.layers import Layered

_ROUNDS = 8
_STRAIGHT = 4.0
"""How much more it counts that a link is upright between two places that an edge passes through."""

_Pull = list[tuple[int, float]]
"""Neighbours of a vertex, and how much each counts."""


def centres(
    graph: Layered, layers: Sequence[Sequence[int]], nodes: int, widths: Sequence[float]
) -> list[float]:
    """The horizontal centre of each vertex; all are right of 0.

    Args:
        layers: Their vertices, from left to right.
        nodes: How many of the vertices, the first ones, are nodes.
        widths: What each vertex needs for itself.
    """
    above: list[_Pull] = [[] for _ in graph.layer_of]
    below: list[_Pull] = [[] for _ in graph.layer_of]
    for source, target in graph.links:
        weight = _STRAIGHT if source >= nodes and target >= nodes else 1.0
        above[target].append((source, weight))
        below[source].append((target, weight))
    both = [one + other for one, other in zip(above, below, strict=True)]
    xs = [0.0] * len(graph.layer_of)
    for layer in layers:
        _place(layer, xs, both, widths)
    for round_ in range(_ROUNDS):
        is_last = round_ >= _ROUNDS // 2
        for layer in layers[1:]:
            _place(layer, xs, both if is_last else above, widths)
        for layer in layers[-2::-1]:
            _place(layer, xs, both if is_last else below, widths)
    left = min((x - width / 2 for x, width in zip(xs, widths, strict=True)), default=0.0)
    return [x - left for x in xs]


def _place(layer: Sequence[int], xs: list[float], pulls: Sequence[_Pull], widths: Sequence[float]) -> None:
    """Put the vertices of a layer where they are drawn to, in their order and side by side."""
    offset, previous = 0.0, 0.0
    offsets: list[float] = []
    # Vertices that are pressed together: what they want on average, how much that counts, how many they are.
    pools: list[tuple[float, float, int]] = []
    for vertex in layer:
        offset += previous + widths[vertex] / 2
        previous = widths[vertex] / 2
        offsets.append(offset)
        weight = sum(weight for _, weight in pulls[vertex])
        wish = sum(xs[other] * weight for other, weight in pulls[vertex]) / weight if weight else xs[vertex]
        pool = (wish - offset, weight or 0.1, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, weight, count = pools.pop()
            total = weight + pool[1]
            pool = ((mean * weight + pool[0] * pool[1]) / total, total, count + pool[2])
        pools.append(pool)
    starts = (mean for mean, _, count in pools for _ in range(count))
    for vertex, start, at in zip(layer, starts, offsets, strict=True):
        xs[vertex] = start + at
