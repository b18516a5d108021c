"""The maximal modules of a prime block.

A module is a set of nodes that everything outside sees as one: before all of it, after all of it, or beside
all of it. Where neither the comparability graph nor its complement falls apart, the maximal modules (but
the whole) part the nodes: Gallai's theorem (1967). They are found by refining a partition, as Ehrenfeucht,
Gabow, McConnell and Sullivan do (1994, "An O(n^2) divide-and-conquer algorithm for the prime tree
decomposition"): the classes left when all nodes but one are split by what is outside them are the maximal
modules without that one.
"""

from __future__ import annotations

from collections import defaultdict

from workflows.compiler.order import Order, members

_SPLITTERS_PER_MEMBER = 1 / 8
"""How few nodes newly outside a class are taken one by one, rather than the members of the class."""


def maximal_modules(order: Order, block: int) -> list[int]:
    """Returns the maximal modules of a prime block (itself a module of the order), earliest node first.

    With a node `w` outside the module of `v`, both modules are among the classes without the other node.
    """
    v = next(members(block))
    without_v = _modules_without(order, block, v)
    w = _outside_the_module_of(order, v, without_v)
    of_w = next(module for module in without_v if module >> w & 1)
    modules = [module for module in _modules_without(order, block, w) if not module & of_w]
    return sorted([*modules, of_w], key=_lowest)


def _modules_without(order: Order, block: int, node: int) -> list[int]:
    """Returns the maximal modules that do not contain `node`; they part all others."""
    found: list[int] = []
    pending = [(block ^ 1 << node, 1 << node)]
    while pending:
        whole, newly_outside = pending.pop()
        classes = _split(order, whole, newly_outside)
        if len(classes) == 1:
            found.append(whole)
        else:
            pending += [(part, whole ^ part) for part in classes]
    return found


def _split(order: Order, whole: int, newly_outside: int) -> list[int]:
    """Returns the classes of nodes that all of `newly_outside` see alike."""
    if newly_outside.bit_count() <= whole.bit_count() * _SPLITTERS_PER_MEMBER:
        classes = [whole]
        for splitter in members(newly_outside):
            after, before = order.descendants[splitter], order.ancestors[splitter]
            classes = [
                part
                for old in classes
                for part in (old & after, old & before, old & ~(after | before))
                if part
            ]
        return classes
    by_view: defaultdict[tuple[int, int], int] = defaultdict(int)
    for node in members(whole):
        by_view[order.ancestors[node] & newly_outside, order.descendants[node] & newly_outside] |= 1 << node
    return list(by_view.values())


def _outside_the_module_of(order: Order, v: int, without_v: list[int]) -> int:
    """Returns a node that shares no module with `v` but the whole block.

    A module with `v` and a class holds every class that sees the two differently, and so on. From the
    classes outside the module of `v` this leads to all others; the last one from which a search has to
    start anew leads to all, if any does.
    """
    representatives = sum(1 << _lowest(module) for module in without_v)
    unseen = representatives
    start = _lowest(representatives)
    while unseen:
        start = _lowest(unseen)
        unseen ^= 1 << start
        pending = [start]
        while pending:
            node = pending.pop()
            forced = (order.ancestors[v] ^ order.ancestors[node]) | (
                order.descendants[v] ^ order.descendants[node]
            )
            fresh = forced & unseen
            unseen ^= fresh
            pending += members(fresh)
    return start


def _lowest(nodes: int) -> int:
    return (nodes & -nodes).bit_length() - 1
