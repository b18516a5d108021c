"""The graph as a partial order: a linear extension, reachability as bitsets, the transitive reduction.

A set of nodes is a Python int whose bit `i` stands for the node at position `i` of the linear extension.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workflows.domain.workflow import Edge


@dataclass(frozen=True, slots=True)
class Order:
    """A partial order of nodes.

    Attributes:
        ids: All nodes, each after its ancestors; elsewhere a node is its position here.
        ancestors: Per node, the set of nodes it waits for, directly or not.
        descendants: Per node, the set of nodes that wait for it, directly or not.
        covers: Per node, its successors in the transitive reduction.
    """

    ids: tuple[str, ...]
    ancestors: tuple[int, ...]
    descendants: tuple[int, ...]
    covers: tuple[tuple[int, ...], ...]


def order_of(ids: Sequence[str], edges: Iterable[Edge]) -> Order:
    """Returns the partial order that the edges of an acyclic graph generate."""
    edges = tuple(edges)
    linear, _ = topological_order(ids, edges)
    position = {node_id: i for i, node_id in enumerate(linear)}
    successors: list[set[int]] = [set() for _ in linear]
    ancestors = [0] * len(linear)
    for edge in edges:
        successors[position[edge.source]].add(position[edge.target])
    for node, targets in enumerate(successors):
        for target in targets:
            ancestors[target] |= ancestors[node] | 1 << node
    descendants = [0] * len(linear)
    for node in reversed(range(len(linear))):
        for target in successors[node]:
            descendants[node] |= descendants[target] | 1 << target
    covers = (_covers(targets, ancestors) for targets in successors)
    return Order(tuple(linear), tuple(ancestors), tuple(descendants), tuple(covers))


def members(nodes: int) -> Iterator[int]:
    """Yields the nodes of a set, each after its ancestors."""
    while nodes:
        lowest = nodes & -nodes
        yield lowest.bit_length() - 1
        nodes ^= lowest


def topological_order(ids: Sequence[str], edges: Iterable[Edge]) -> tuple[list[str], list[list[str]]]:
    """Kahn's algorithm (1962), earliest in the document first; where it is stuck, a cycle is cut out.

    Returns:
        The order, and the cycles found, each from its earliest node on along the edges. Cycles that share
        a node with one already found may be left out.
    """
    rank = {node_id: i for i, node_id in enumerate(ids)}
    successors: list[list[int]] = [[] for _ in ids]
    predecessors: list[list[int]] = [[] for _ in ids]
    for edge in edges:
        successors[rank[edge.source]].append(rank[edge.target])
        predecessors[rank[edge.target]].append(rank[edge.source])

    awaited = [len(sources) for sources in predecessors]
    placed = [False] * len(ids)
    ready = [node for node, count in enumerate(awaited) if count == 0]
    order: list[str] = []
    cycles: list[list[str]] = []
    stuck = iter(range(len(ids)))
    while len(order) < len(ids):
        if ready:
            batch = [heapq.heappop(ready)]
        else:
            batch = _cycle_before(next(node for node in stuck if not placed[node]), predecessors, placed)
            cycles.append([ids[node] for node in batch])
        for node in batch:
            placed[node] = True
        for node in batch:
            order.append(ids[node])
            for target in successors[node]:
                awaited[target] -= 1
                if awaited[target] == 0 and not placed[target]:
                    heapq.heappush(ready, target)
    return order, cycles


def _covers(targets: set[int], ancestors: Sequence[int]) -> tuple[int, ...]:
    """Returns the targets that no other target already waits for."""
    as_set = sum(1 << target for target in targets)
    return tuple(target for target in sorted(targets) if not ancestors[target] & as_set)


def _cycle_before(node: int, predecessors: Sequence[Sequence[int]], placed: Sequence[bool]) -> list[int]:
    """Walks back from a node that is stuck, so has an unplaced predecessor, until a node comes again."""
    walked: dict[int, int] = {}
    while node not in walked:
        walked[node] = len(walked)
        node = next(source for source in predecessors[node] if not placed[source])
    cycle = list(walked)[walked[node] :][::-1]
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]
