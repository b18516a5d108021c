"""Segments: consecutive Tasks that one function can run in one invocation become one Task.

What the Amazon States Language says of a Task as a whole bounds a segment: its Retry must be exactly that
of the node which is tried again, and its function lives 15 minutes at most (AWS Lambda's quota).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from workflows.compiler.node_types import NODE_TYPES
from workflows.compiler.node_types.kind import INLINE
from workflows.compiler.plan import Choose, Fork, Segment, Sequence, Step, segments
from workflows.domain.workflow import Graph, Node

MAX_SEGMENT_SECONDS = 850
"""Bound of a segment's nodes together, short of Lambda's 900."""


def fuse(graph: Graph, plan: Sequence) -> Sequence:
    """Returns the plan with its segments as long as they can be."""
    nodes = {node.id: node for node in graph.nodes}
    awaited = {node_id for segment in segments(plan) if segment.gate for node_id in segment.gate.awaits}
    return _Fuser(nodes, awaited).fuse(plan)


def function_of(nodes: Iterable[Node]) -> str:
    """Returns the name of the function that runs a segment of these nodes."""
    names = {NODE_TYPES[node.type].function for node in nodes} - {INLINE}
    return names.pop() if names else INLINE


def bound_seconds(node: Node) -> float:
    """Returns how long one try of a node takes at most."""
    own = NODE_TYPES[node.type].bound_seconds(node.config)
    return own if node.timeout_seconds is None else min(own, node.timeout_seconds)


@dataclass(frozen=True, slots=True)
class _Fuser:
    nodes: dict[str, Node]
    awaited: Collection[str]

    def fuse(self, plan: Sequence) -> Sequence:
        # Where a Choice leads past a region, nothing before may be one with what comes after.
        entered = {i + 1 + step.past for i, step in enumerate(plan) if isinstance(step, Choose)}
        fused: list[Step] = []
        place: list[int] = []
        for i, step in enumerate(plan):
            last = fused[-1] if fused else None
            settles = self._to_settle(last)
            if not isinstance(step, Segment):
                fused += [Segment((), settles=settles)] if settles else []
                fused.append(self._inside(step))
            elif i not in entered and isinstance(last, Segment) and self._fits(last, step):
                fused[-1] = replace(step, node_ids=last.node_ids + step.node_ids, settles=last.settles)
            else:
                fused.append(replace(step, settles=settles))
            place.append(len(fused) - 1)
        if plan and (settles := self._to_settle(fused[-1])):
            fused.append(Segment((), settles=settles))
        place.append(len(fused))
        for i, at in enumerate(place[:-1]):
            step = fused[at]
            if isinstance(step, Choose):
                fused[at] = replace(step, past=place[i + 1 + step.past] - at - 1)
        return tuple(fused)

    def _inside(self, step: Fork | Choose) -> Fork | Choose:
        if isinstance(step, Fork):
            return Fork(tuple(self.fuse(branch) for branch in step.branches))
        return replace(step, arms=tuple((handle, self.fuse(arm)) for handle, arm in step.arms))

    def _fits(self, before: Segment, after: Segment) -> bool:
        if before.gate or before.chooses or self._suspension_at_the_end(before):
            return False
        nodes = [self.nodes[node_id] for node_id in (*before.node_ids, *after.node_ids)]
        return (
            len({NODE_TYPES[node.type].function for node in nodes} - {INLINE}) <= 1
            and sum(node.retry.max_attempts > 1 for node in nodes) <= 1
            and sum(bound_seconds(node) for node in nodes) <= MAX_SEGMENT_SECONDS
        )

    def _suspension_at_the_end(self, segment: Segment) -> str | None:
        last = segment.node_ids[-1] if segment.node_ids else None
        return last if last and NODE_TYPES[self.nodes[last].type].suspension != "no" else None

    def _to_settle(self, last: Step | None) -> tuple[str, ...]:
        """Returns the loop just before, or the delay that a gate awaits: only the next Task settles it."""
        node_id = self._suspension_at_the_end(last) if isinstance(last, Segment) else None
        if node_id is None:
            return ()
        is_loop = NODE_TYPES[self.nodes[node_id].type].suspension == "loop"
        return (node_id,) if is_loop or node_id in self.awaited else ()
