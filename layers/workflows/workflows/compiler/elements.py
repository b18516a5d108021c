"""Which elements a block is made of: its maximal modules, or parts of these where that saves a transition.

A module that begins with a Parallel of its own, among others that start together with it, needs no Parallel:
its parts start with the others, and what follows them waits at a gate. One that ends in a Parallel has no
last Task that could wait for others; its last parts do. Parts of a module are modules too, so the block's
elements may be any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workflows.compiler.decompose import Leaf, Parallel, Prime, Series, Tree
from workflows.compiler.forest import groups_of
from workflows.compiler.order import Order, members

MAX_AWAITED = 8
"""How many nodes a gate may await instead of a Parallel that joins them.

As each of n reads what the n became, this costs n * n reads of $0.125 a million at most; a transition costs
$25 a million.
"""


def opened(order: Order, elements: Sequence[Tree], kept_whole: int) -> list[Tree]:
    """Returns the elements of a block, in order, with those opened whose parts take fewer transitions.

    Args:
        order: The order of the nodes.
        elements: Modules that are the whole block together.
        kept_whole: Nodes whose modules stay as they are: those that choose, as a gate that awaits one of the
            nodes behind them would take their Choice away, and delays, as an awaited one takes a Task.
    """
    trees = {first_of(element): element for element in elements}
    while True:
        parts = {
            first: found
            for first, found in _openable(order, trees).items()
            if not trees[first].nodes & kept_whole
        }
        if not parts:
            return [trees[first] for first in sorted(trees)]
        for first, found in parts.items():
            del trees[first]
            trees |= {first_of(part): part for part in found}


def last_nodes(order: Order, tree: Tree) -> list[int]:
    """Returns the nodes that nothing else of a module comes after."""
    return [node for node in members(tree.nodes) if not order.descendants[node] & tree.nodes]


def first_of(tree: Tree) -> int:
    """Returns the earliest node of a module, by which an element is known."""
    return (tree.nodes & -tree.nodes).bit_length() - 1


def _openable(order: Order, trees: dict[int, Tree]) -> dict[int, tuple[Tree, ...]]:
    """Returns the parts of each element that is better opened."""
    found: dict[int, tuple[Tree, ...]] = {}
    groups = groups_of(order, sorted(trees))
    for group in groups:
        if len(group.elements) > 1:
            for element in group.elements:
                if parts := _opened_at_the_start(order, trees[element]):
                    found[element] = parts
    # Behind an element that alone comes before something, that something follows without a gate as it is.
    joining = {group.predecessors for group in groups if group.predecessors.bit_count() == 1}
    awaited = {element for group in groups for element in members(group.predecessors)}
    for element in awaited - found.keys():
        if 1 << element not in joining and (parts := _opened_at_the_end(order, trees[element])):
            found[element] = parts
    return found


def _opened_at_the_start(order: Order, tree: Tree) -> tuple[Tree, ...]:
    first, *rest = tree.children if isinstance(tree, Series) else (tree,)
    return (*_parts(order, first), *_series(rest)) if _parts(order, first) else ()


def _opened_at_the_end(order: Order, tree: Tree) -> tuple[Tree, ...]:
    *rest, last = tree.children if isinstance(tree, Series) else (tree,)
    if not isinstance(last, Parallel):
        return ()
    return (*_series(rest), *_parts(order, last)) if _parts(order, last) else ()


def _parts(order: Order, tree: Tree) -> tuple[Tree, ...]:
    if isinstance(tree, (Leaf, Series)) or len(last_nodes(order, tree)) > MAX_AWAITED:
        return ()
    return tree.elements if isinstance(tree, Prime) else tree.children


def _series(children: Iterable[Tree]) -> tuple[Tree, ...]:
    """Returns what is left of a series, as the one element that it is."""
    left = tuple(children)
    if len(left) < 2:
        return left
    return (Series(left, sum(child.nodes for child in left)),)
