"""Plans a workflow and the bodies of its loops.

A body whose nodes one function can run, one after another, is one Task that goes through it for a batch of
items: a transition then serves as many of them as there are in a batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from workflows.compiler.decompose import decompose
from workflows.compiler.node_types import NODE_TYPES
from workflows.compiler.node_types.kind import INLINE
from workflows.compiler.order import order_of
from workflows.compiler.plan import Choose, Fork, Plans, Segment, Sequence
from workflows.compiler.regions import plan_regions
from workflows.compiler.segments import MAX_SEGMENT_SECONDS, bound_seconds, fuse
from workflows.domain.loop import LoopBody
from workflows.domain.workflow import Graph, Node

MAX_BATCH_ITEMS = 500
"""What comes of a batch in memory is one record, and one item's fault is told once the batch is done."""


def plan_workflow(workflow: Graph) -> Plans:
    """Returns what the workflow's state machine is to do."""
    gate_numbers = count(1)
    steps = _plan(workflow, gate_numbers)
    loops = [node for node in workflow.all_nodes() if node.body is not None]
    return Plans(steps, {loop.id: _plan_body(loop, gate_numbers) for loop in loops})


def loop_body(loop: Node, result_nodes: tuple[str, ...]) -> LoopBody:
    """Returns what the runtime must know of a loop's body."""
    assert loop.body is not None
    return LoopBody(
        node_ids=_order(loop.body),
        result_nodes=result_nodes,
        is_pure=_is_pure(loop.body),
        batch_items=batch_items_of(loop),
    )


def _plan(graph: Graph, gate_numbers: Iterator[int]) -> Sequence:
    order = order_of([node.id for node in graph.nodes], graph.edges)
    return fuse(graph, plan_regions(graph, order, decompose(order), gate_numbers))


def _plan_body(loop: Node, gate_numbers: Iterator[int]) -> Sequence:
    assert loop.body is not None
    if batch_items_of(loop):
        return (Segment(_order(loop.body), iterates=loop.id),)
    return _plan(loop.body, gate_numbers)


def _order(graph: Graph) -> tuple[str, ...]:
    return order_of([node.id for node in graph.nodes], graph.edges).ids


def _is_pure(body: Graph) -> bool:
    return all(
        NODE_TYPES[node.type].function == INLINE and NODE_TYPES[node.type].suspension == "no"
        for node in body.nodes
    )


def batch_items_of(loop: Node) -> int:
    """Returns of how many items a Task can go through the body; 0 if of none."""
    body = loop.body
    if body is None or loop.config["loop_type"] != "for_each":
        return 0
    if _is_pure(body):
        return MAX_BATCH_ITEMS
    kinds = [NODE_TYPES[node.type] for node in body.nodes]
    can_be_one = (
        len({kind.function for kind in kinds} - {INLINE}) == 1
        and all(kind.suspension == "no" for kind in kinds)
        # The Task would be tried again for one item, and for as long keep the others waiting.
        and all(node.retry.max_attempts == 1 for node in body.nodes)
        and not _runs_side_by_side(_plan(body, count(1)))
    )
    seconds = sum(bound_seconds(node) for node in body.nodes)
    return min(MAX_BATCH_ITEMS, int(MAX_SEGMENT_SECONDS // seconds)) if can_be_one else 0


def _runs_side_by_side(plan: Sequence) -> bool:
    return any(
        isinstance(step, Fork)
        or (isinstance(step, Choose) and any(_runs_side_by_side(arm) for _, arm in step.arms))
        for step in plan
    )
