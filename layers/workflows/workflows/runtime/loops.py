"""Loops: how they begin, go round, and end.

A loop's record is `running` from its begin to its end. Until then its output is what the iterations work
with: the items, worked out once; or, of a `while` or `until` loop, what the last turn made of its input.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from workflows.adapters.executions import Snapshot
from workflows.domain.errors import NodeError
from workflows.domain.loop import batch_size, iteration_path, places
from workflows.domain.node_record import NodeRecord
from workflows.domain.workflow import NodeSpec
from workflows.runtime.expressions import is_truthy, resolve
from workflows.runtime.invocation import Invocation
from workflows.runtime.iterations import Iterations
from workflows.runtime.node import Outcome
from workflows.runtime.segment import Segment


class Turn(TypedDict):
    """The state of the machine while a loop goes round, and after it: ids by which its Tasks are executed.

    Attributes:
        goes_on: Whether `path` is that of another turn.
    """

    execution_id: str
    workflow_id: str
    version: int
    attempt: int
    path: str
    goes_on: bool


def map_items(spec: NodeSpec, record: NodeRecord) -> list[int] | list[list[int]]:
    """What the Map of a loop goes over: the items' indexes, or the first and the end of batches of them."""
    count = (record.iterations or 0) if record.is_iterating else 0
    assert spec.body is not None
    if not spec.body.batch_items:
        return list(range(count))
    size = batch_size(count, spec.node.config["max_concurrency"], spec.body.batch_items)
    return [[first, min(first + size, count)] for first in range(0, count, size)]


def turn_of(segment: Segment, loop_id: str, record: NodeRecord | None) -> Turn:
    """Which turn a loop at the segment's path takes, or that it takes none."""
    path = segment.path
    goes_on = record is not None and record.is_iterating and record.is_turning
    if record is not None and goes_on:
        path = iteration_path(path, loop_id, record.iterations or 0)
    return {
        "execution_id": segment.execution_id,
        "workflow_id": segment.workflow_id,
        "version": segment.version,
        "attempt": segment.attempt,
        "path": path,
        "goes_on": goes_on,
    }


def next_turn(invocation: Invocation, loop_id: str) -> Turn:
    """End the turn at the segment's path, and see whether another follows."""
    place = places(invocation.segment.path)[-1]
    outer = replace(invocation.segment, path=place.outer)
    spec = invocation.specs((loop_id,))[loop_id]
    guard = invocation.guard(spec, outer)

    def outcome(record: NodeRecord, snapshot: Snapshot) -> Outcome | None:
        if not record.is_turning or record.iterations != place.index:
            return None  # Done by a Task whose answer was lost.
        result = _iterations(invocation, spec, outer).result(place.index)
        config = spec.node.config
        if result.error is not None and config["on_item_error"] == "fail":
            raise NodeError("loop_item_failed", f"turn {place.index} failed: {result.error['message']}")
        done, value = place.index + 1, result.to_json()
        lookup = guard.environment(snapshot).lookup_with({"input": value, "index": done})
        holds = is_truthy(resolve(config["condition"], lookup, "condition"))
        is_turning = holds is (config["loop_type"] == "while")
        if is_turning and done >= config["max_iterations"]:
            raise NodeError("loop_too_long", f"it has taken {done} turns, as many as max_iterations allows")
        guard.log.info(f"turn {place.index} is done{'' if is_turning else ', the last one'}")
        return Outcome(output=value, iterations=done, is_turning=is_turning)

    record = guard.take_further(outcome)
    return turn_of(outer, loop_id, record)


def settle_loop(invocation: Invocation, spec: NodeSpec) -> None:
    """End a loop whose iterations are all over: its output is their results."""
    guard = invocation.guard(spec)

    def outcome(record: NodeRecord, _: Snapshot) -> Outcome:
        count = record.iterations or 0
        results = _iterations(invocation, spec, invocation.segment).results(count)
        errors = [result.error for result in results if result.error is not None]
        if errors and spec.node.config["on_item_error"] == "fail":
            detail = f"{len(errors)} of {count} iterations failed; the first: {errors[0]['message']}"
            raise NodeError("loop_item_failed", detail)
        guard.log.info(f"{count} iterations are over, {len(errors)} of them failed")
        output = {
            "items": [result.to_json() for result in results],
            "count": count,
            "failed": len(errors),
        }
        return Outcome(output=output, iterations=count, failed_iterations=len(errors))

    guard.take_further(outcome)


def _iterations(invocation: Invocation, spec: NodeSpec, segment: Segment) -> Iterations:
    assert spec.body is not None
    return Iterations(
        invocation.stores,
        invocation.payloads,
        segment.execution_id,
        segment.path,
        spec.node.id,
        spec.body,
    )
