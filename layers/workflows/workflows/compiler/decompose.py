"""Series-parallel decomposition of a partial order.

A partial order whose comparability graph is disconnected is the parallel composition of its components;
one whose incomparability graph is disconnected is the series composition of its components; where both are
connected it is prime. This is Gallai's theorem on modular decomposition (1967) for orders; those that
decompose without prime blocks are the series-parallel orders of Valdes, Tarjan and Lawler (1982).
"""

from __future__ import annotations

from dataclasses import dataclass

from workflows.compiler.modules import maximal_modules
from workflows.compiler.order import Order, members

MAX_PARALLEL_DEPTH = 60
"""Deeper nesting is left to a (flat) prime block: readers of ASL and JSON recurse a few times per level.

A Choice beside other branches adds a level of its own.
"""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One node."""

    node: int

    @property
    def nodes(self) -> int:
        return 1 << self.node


@dataclass(frozen=True, slots=True)
class Series:
    """Children one after another: all nodes of one come before all nodes of the next."""

    children: tuple[Tree, ...]
    nodes: int


@dataclass(frozen=True, slots=True)
class Parallel:
    """Children with no order between the nodes of one and of another."""

    children: tuple[Tree, ...]
    nodes: int


@dataclass(frozen=True, slots=True)
class Prime:
    """Nodes that decompose neither way.

    Attributes:
        elements: Their maximal modules, decomposed in turn; single nodes where nesting has come to its end.
        forks_left: How deep Parallels may nest inside the block's own, those of its elements aside.
    """

    elements: tuple[Tree, ...]
    nodes: int
    forks_left: int


Tree = Leaf | Series | Parallel | Prime


def decompose(order: Order) -> Tree:
    """Returns the decomposition of a whole, non-empty order."""
    return _decompose(order, list(range(len(order.ids))), MAX_PARALLEL_DEPTH)


def _decompose(order: Order, nodes: list[int], depth_left: int) -> Tree:
    if len(nodes) == 1:
        return Leaf(nodes[0])
    as_set = sum(1 << node for node in nodes)
    if len(parts := _series_parts(order, nodes)) > 1:
        return Series(tuple(_decompose(order, part, depth_left) for part in parts), as_set)
    if depth_left and len(parts := _parallel_parts(order, nodes)) > 1:
        return Parallel(tuple(_decompose(order, part, depth_left - 1) for part in parts), as_set)
    if not depth_left:
        return Prime(tuple(Leaf(node) for node in nodes), as_set, 0)
    # Half of what is left is for the block itself, half for its elements.
    forks_left = (depth_left - 1) // 2
    elements = (
        _decompose(order, list(members(module)), depth_left - 1 - forks_left)
        for module in maximal_modules(order, as_set)
    )
    return Prime(tuple(elements), as_set, forks_left)


def _series_parts(order: Order, nodes: list[int]) -> list[list[int]]:
    """Cuts a linear extension wherever all nodes before the cut come before all nodes behind it.

    These are the components of the incomparability graph: a linear extension lists them one after another.
    """
    awaited_by_all_from = [-1] * (len(nodes) + 1)
    for i in range(len(nodes) - 1, 0, -1):
        awaited_by_all_from[i] = awaited_by_all_from[i + 1] & order.ancestors[nodes[i]]
    parts: list[list[int]] = [[]]
    before = 0
    for i, node in enumerate(nodes):
        if before and not before & ~awaited_by_all_from[i]:
            parts.append([])
        parts[-1].append(node)
        before |= 1 << node
    return parts


def _parallel_parts(order: Order, nodes: list[int]) -> list[list[int]]:
    """Returns the components of the comparability graph, earliest node first.

    The transitive reduction is enough: with two nodes, a part holds all nodes between them.
    """
    leader = {node: node for node in nodes}

    def find(node: int) -> int:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for node in nodes:
        for target in order.covers[node]:
            if target in leader:
                leader[find(target)] = find(node)
    parts: dict[int, list[int]] = {}
    for node in nodes:
        parts.setdefault(find(node), []).append(node)
    return list(parts.values())
