"""The second step of a layered layout: the order in each layer, so that few links cross."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from workflows.drawing.layers import Layered

_SWEEPS = 12
_MOST_WORK = 200_000
"""Links looked at in all sweeps, more or less: large graphs get fewer."""


def ordered(graph: Layered) -> list[list[int]]:
    """The vertices of each layer, from left to right, so that few links cross; the same each time."""
    count = len(graph.layer_of)
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in graph.links:
        above[target].append(source)
        below[source].append(target)
    layers = _first_order(graph, above, below)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below)
    sweeps = max(2, min(_SWEEPS, _MOST_WORK // (len(graph.links) + 1)))
    for sweep in range(sweeps):
        if not fewest:
            break
        _sweep(layers, above if sweep % 2 == 0 else below, down=sweep % 2 == 0)
        crossings = _crossings(layers, below)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _first_order(graph: Layered, above: list[list[int]], below: list[list[int]]) -> list[list[int]]:
    """Depth first, so that what belongs together begins side by side."""
    layers: list[list[int]] = [[] for _ in range(max(graph.layer_of, default=-1) + 1)]
    seen = [False] * len(graph.layer_of)
    for root in sorted(range(len(seen)), key=lambda vertex: (bool(above[vertex]), graph.layer_of[vertex])):
        pending = [root]
        while pending:
            vertex = pending.pop()
            if not seen[vertex]:
                seen[vertex] = True
                layers[graph.layer_of[vertex]].append(vertex)
                pending += reversed(below[vertex])
    return layers


def _sweep(layers: list[list[int]], neighbours: list[list[int]], *, down: bool) -> None:
    """Sort each layer by the medians of the one before, from the top on or from the bottom on."""
    place = {vertex: index for layer in layers for index, vertex in enumerate(layer)}
    for layer in layers[1:] if down else layers[-2::-1]:
        keys = {vertex: _median(sorted(place[other] for other in neighbours[vertex])) for vertex in layer}
        # Those without a neighbour stay where they are.
        fixed = {index: vertex for index, vertex in enumerate(layer) if keys[vertex] is None}
        moving = iter(sorted((v for v in layer if keys[v] is not None), key=lambda v: keys[v] or 0.0))
        layer[:] = [fixed[index] if index in fixed else next(moving) for index in range(len(layer))]
        place.update((vertex, index) for index, vertex in enumerate(layer))


def _median(places: Sequence[int]) -> float | None:
    """The weighted median of E. Gansner and others, "A technique for drawing directed graphs" (1993)."""
    if not places:
        return None
    middle = len(places) // 2
    if len(places) % 2:
        return float(places[middle])
    if len(places) == 2:
        return sum(places) / 2
    left, right = places[middle - 1] - places[0], places[-1] - places[middle]
    if left + right == 0:
        return (places[middle - 1] + places[middle]) / 2
    return (places[middle - 1] * right + places[middle] * left) / (left + right)


def _crossings(layers: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> int:
    """How many pairs of links cross."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {vertex: index for index, vertex in enumerate(lower)}
        seen: list[int] = []
        for vertex in upper:
            ends = sorted(place[target] for target in below[vertex])
            for end in ends:
                total += len(seen) - _rank(seen, end)
            for end in ends:
                seen.insert(_rank(seen, end), end)
    return total


def _rank(ends: list[int], end: int) -> int:
    """How many of the sorted ends are no further right."""
    return bisect_left(ends, end + 1)
