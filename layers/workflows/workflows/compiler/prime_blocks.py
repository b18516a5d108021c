"""Prime blocks: what decomposes neither in series nor in parallel runs level by level, for now.

The barrier after each level is correct and not as early as can be; chains with exit gates take its place.
"""

from __future__ import annotations

from workflows.compiler.decompose import Prime
from workflows.compiler.order import Order, members
from workflows.compiler.plan import Fork, Run, Sequence


def plan_prime_block(order: Order, block: Prime) -> Sequence:
    """Returns steps that run the nodes of the block, each after the longest chain of nodes before it."""
    level_of: dict[int, int] = {}
    levels: list[list[str]] = []
    for node in members(block.nodes):
        level = level_of.setdefault(node, 0)
        if level == len(levels):
            levels.append([])
        levels[level].append(order.ids[node])
        for target in order.covers[node]:
            level_of[target] = max(level_of.get(target, 0), level + 1)
    return tuple(_plan_level(level) for level in levels)


def _plan_level(node_ids: list[str]) -> Run | Fork:
    if len(node_ids) == 1:
        return Run(node_ids[0])
    return Fork(tuple((Run(node_id),) for node_id in node_ids))
