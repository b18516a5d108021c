"""How the elements of a prime block follow one another: a forest of branches that costs few transitions.

Elements with the same predecessors start together: they are a group. A group begins either with a wait of
its own, or right behind an element that comes before all of it, its host, as that one's exit gate waits for
the other predecessors. An element hosts one group at most, for a Task waits for one thing at its end. So the
fewest waits are a maximum matching of groups to elements. Groups of several take a Parallel wherever they
are, and a host is always an ancestor, so no choice makes any element start later than it can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.compiler.matching import match
from workflows.compiler.order import Order, members


@dataclass(frozen=True, slots=True)
class Group:
    """Elements that start together. An element is known by its earliest node.

    Attributes:
        elements: The elements.
        predecessors: The set of elements that come immediately before them.
    """

    elements: tuple[int, ...]
    predecessors: int


@dataclass(frozen=True, slots=True)
class Forest:
    """Where the groups of a block stand.

    Attributes:
        roots: Those that begin a branch of the block's Parallel; the first has no predecessors.
        hosted: By element, the group that follows it.
    """

    roots: tuple[Group, ...]
    hosted: Mapping[int, Group]


def cover(order: Order, elements: Sequence[int], can_wait: int, max_forks: int) -> Forest:
    """Returns the forest of a block.

    Args:
        order: The order of the nodes.
        elements: The earliest node of each element, in order.
        can_wait: The elements that end in a Task which can have an exit gate.
        max_forks: How deep groups of several may nest.
    """
    groups = groups_of(order, elements)
    sources, *others = groups
    host_of = _hosts(order, others, can_wait)
    roots, hosted = [sources], {}
    forks = dict.fromkeys(sources.elements, 0)
    for i, group in enumerate(others):
        host = host_of.get(i)
        inside = (0 if host is None else forks[host]) + (len(group.elements) > 1)
        if inside > max_forks:
            inside = 0
            roots += [Group((element,), group.predecessors) for element in group.elements]
        elif host is None:
            roots.append(group)
        else:
            hosted[host] = group
        forks.update(dict.fromkeys(group.elements, inside))
    return Forest(tuple(roots), hosted)


def groups_of(order: Order, elements: Sequence[int]) -> list[Group]:
    """Returns the groups, those without predecessors first, each after those that come before it."""
    as_set = sum(1 << element for element in elements)
    together: defaultdict[int, list[int]] = defaultdict(list)
    for element in elements:
        immediate, rest = 0, order.ancestors[element] & as_set
        while rest:
            latest = rest.bit_length() - 1
            immediate |= 1 << latest
            rest &= ~(order.ancestors[latest] | 1 << latest)
        together[immediate].append(element)
    return [Group(tuple(group), predecessors) for predecessors, group in together.items()]


def _hosts(order: Order, groups: Sequence[Group], can_wait: int) -> dict[int, int]:
    """Returns the host per index of a group, for as many as can have one."""
    fixed: dict[int, int] = {}
    movable: dict[int, int] = {}
    candidates: dict[int, int] = {}
    for i, group in enumerate(groups):
        before = group.predecessors
        if before.bit_count() == 1:
            host = before.bit_length() - 1
            # One behind one needs no gate, and its first Task may be one with the last of its host.
            (fixed if len(group.elements) == 1 or not can_wait & before else movable)[i] = host
        for element in members(group.predecessors):
            before |= order.ancestors[element]
        candidates[i] = before & can_wait
    taken = sum(1 << host for host in fixed.values())
    return fixed | match(
        {i: hosts & ~taken for i, hosts in candidates.items() if i not in fixed},
        movable,
    )
