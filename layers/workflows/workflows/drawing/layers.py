"""The first step of a layered layout: which layer each node is in, and which places long edges pass through.

The steps are those of K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical
system structures" (1981): layers, the order in each (`orders`), coordinates (`coordinates`). No library is
in its place: what there is for Python needs a program beside it, or is under a licence that asks more than
a notice, and none lays out a loop's body within its node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from math import isqrt

_LEAST_WIDTH = 6
"""Nodes that any layer may have."""

_MAX_PASSED = 8_000
"""Places that edges pass through, in all. Edges beyond are drawn straight, behind the nodes."""

Link = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layered:
    """A graph in layers, whose links lead from each layer to the next one.

    Attributes:
        layer_of: Of each vertex: first the nodes, by their numbers, then the places that edges pass through.
        links: Between vertices of layers that follow each other, each once.
        routes: The vertices of each edge, its ends included; the ends alone where it is drawn straight.
    """

    layer_of: list[int]
    links: list[Link]
    routes: list[tuple[int, ...]]


def layered(count: int, edges: Sequence[Link]) -> Layered:
    """Put nodes into layers, each below all of its predecessors.

    Args:
        count: How many nodes there are.
        edges: Pairs of their numbers, without a cycle.
    """
    layer_of = _layers(count, edges)
    links: dict[Link, None] = {}
    routes: list[tuple[int, ...]] = [()] * len(edges)
    left = _MAX_PASSED
    # The shortest first, as they need the least.
    for index in sorted(range(len(edges)), key=lambda i: layer_of[edges[i][1]] - layer_of[edges[i][0]]):
        source, target = edges[index]
        passed = range(layer_of[source] + 1, layer_of[target])
        if len(passed) > left:
            routes[index] = (source, target)
            continue
        left -= len(passed)
        route = (source, *range(len(layer_of), len(layer_of) + len(passed)), target)
        layer_of += passed
        routes[index] = route
        links.update(dict.fromkeys(pairwise(route)))
    return Layered(layer_of, list(links), routes)


def _layers(count: int, edges: Sequence[Link]) -> list[int]:
    """The layer of each node; a layer has no more than some nodes, lest a drawing is a line."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    room = max(_LEAST_WIDTH, isqrt(count))
    filled: dict[int, int] = {}
    layer_of = [0] * count
    order = list(TopologicalSorter(dict(enumerate(before))).static_order())
    depth = [0] * count
    for node in order:
        depth[node] = max((depth[source] + 1 for source in before[node]), default=0)
    for node in sorted(range(count), key=lambda node: depth[node]):
        layer = max((layer_of[source] + 1 for source in before[node]), default=0)
        while filled.get(layer, 0) >= room:
            layer += 1
        filled[layer] = filled.get(layer, 0) + 1
        layer_of[node] = layer
    for node in range(count):
        # Beside what it leads to, not at the top.
        if not before[node] and after[node]:
            layer = min(layer_of[target] for target in after[node]) - 1
            if layer > layer_of[node] and filled.get(layer, 0) < room:
                filled[layer_of[node]] -= 1
                filled[layer] = filled.get(layer, 0) + 1
                layer_of[node] = layer
    # Where all of a layer have moved, it is not there.
    used = {layer: number for number, layer in enumerate(sorted(set(layer_of)))}
    return [used[layer] for layer in layer_of]
