from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from tests.unit.compiler.strategies import graphs, lower, structured
from workflows.compiler.decompose import MAX_PARALLEL_DEPTH, Leaf, Parallel, Prime, Series, Tree, decompose
from workflows.compiler.normalise import normalise
from workflows.compiler.order import Order, members, order_of

bounded = settings(max_examples=150)


def decomposed(document: dict[str, Any]) -> tuple[Order, Tree]:
    workflow = normalise(document)
    order = order_of([node.id for node in workflow.nodes], workflow.edges)
    return order, decompose(order)


def check(order: Order, tree: Tree) -> None:
    """Asserts the definition of each kind of block, pair by pair."""

    def before(first: int, second: int) -> bool:
        return bool(order.ancestors[second] >> first & 1)

    match tree:
        case Series(children):
            for one, other in pairwise(children):
                assert all(before(a, b) for a in members(one.nodes) for b in members(other.nodes))
        case Parallel(children):
            for one, other in combinations(children, 2):
                for a in members(one.nodes):
                    assert not any(before(a, b) or before(b, a) for b in members(other.nodes))
        case Prime(elements, nodes):
            assert connected([*members(nodes)], lambda a, b: before(a, b) or before(b, a))
            assert connected([*members(nodes)], lambda a, b: not (before(a, b) or before(b, a)))
            for element in elements:
                assert module_around(order, element.nodes, nodes) == element.nodes
            for one, other in combinations(elements, 2):
                assert module_around(order, one.nodes | other.nodes, nodes) == nodes, "not maximal"
        case Leaf():
            return
    parts = tree.elements if isinstance(tree, Prime) else tree.children
    assert len(parts) > 1
    assert sorted(node for part in parts for node in members(part.nodes)) == [*members(tree.nodes)]
    for child in parts:
        assert isinstance(tree, Prime) or type(child) is not type(tree)
        check(order, child)


def module_around(order: Order, some: int, block: int) -> int:
    """Returns the smallest set within the block that holds `some` and that all others see as one."""
    for node in members(block & ~some):
        views = {(order.ancestors[node] >> m & 1, order.ancestors[m] >> node & 1) for m in members(some)}
        if len(views) > 1:
            return module_around(order, some | 1 << node, block)
    return some


def connected(nodes: list[int], related: Any) -> bool:
    reached, pending = {nodes[0]}, [nodes[0]]
    while pending:
        node = pending.pop()
        fresh = {other for other in nodes if other not in reached and related(node, other)}
        reached |= fresh
        pending += fresh
    return len(reached) == len(nodes)


@given(graphs())
@bounded
def test_blocks_meet_their_definitions(document: dict[str, Any]) -> None:
    order, tree = decomposed(document)
    assert tree.nodes == (1 << len(order.ids)) - 1
    check(order, tree)


@given(structured())
@bounded
def test_structured_workflows_have_no_prime_block(document: dict[str, Any]) -> None:
    _, tree = decomposed(document)
    pending = [tree]
    while pending:
        block = pending.pop()
        assert not isinstance(block, Prime)
        pending += getattr(block, "children", ())


@given(graphs())
@bounded
def test_the_reduction_generates_the_same_order_without_any_implied_edge(document: dict[str, Any]) -> None:
    order, _ = decomposed(document)
    for source, targets in enumerate(order.covers):
        for target in targets:
            between = [
                node for node in members(order.ancestors[target]) if order.ancestors[node] >> source & 1
            ]
            assert not between
    reached = [0] * len(order.ids)
    for source, targets in enumerate(order.covers):
        for target in targets:
            reached[target] |= reached[source] | 1 << source
    assert tuple(reached) == order.ancestors
    for node, descendants in enumerate(order.descendants):
        assert [*members(descendants)] == [i for i, before in enumerate(reached) if before >> node & 1]


@pytest.mark.parametrize("depth", [50, MAX_PARALLEL_DEPTH, MAX_PARALLEL_DEPTH + 1, 300])
def test_nesting_becomes_a_prime_block_only_beyond_the_limit(depth: int) -> None:
    program: Any = "transform"
    for _ in range(depth):
        program = ("parallel", [program, "transform"])
    _, tree = decomposed(lower(program))
    parallels = 0
    while not isinstance(tree, (Leaf, Prime)):
        parallels += isinstance(tree, Parallel)
        tree = max(tree.children, key=lambda child: child.nodes.bit_count())
    assert parallels == min(depth, MAX_PARALLEL_DEPTH)
    assert isinstance(tree, Prime) == (depth > MAX_PARALLEL_DEPTH)
