"""Runs a segment: its nodes in order, and where it is the final one, the end of the execution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import Snapshot
from workflows.domain import transitions
from workflows.domain.execution import Execution
from workflows.domain.node_record import NodeRecord, node_key
from workflows.domain.payload import Payload
from workflows.domain.times import now
from workflows.domain.workflow import NodeSpec
from workflows.runtime.batches import run_batch
from workflows.runtime.environment import PayloadReader
from workflows.runtime.errors import Stopped
from workflows.runtime.gates import try_gates, wait_at_gate, wait_for_answer
from workflows.runtime.invocation import Invocation
from workflows.runtime.loops import Turn, map_items, next_turn, settle_loop, turn_of
from workflows.runtime.node import NodeFunction
from workflows.runtime.records import execution_log, read_running, write_node
from workflows.runtime.segment import Segment
from workflows.runtime.specs import load_result_nodes
from workflows.runtime.stores import Stores

_LONG_AGO = "1970-01-01T00:00:00Z"


class TaskResult(TypedDict, total=False):
    """What a Task's state machine goes on by, of the segment's last node; the less the better.

    Attributes:
        branch: Where a Choice follows, the handle that it chose; empty if none.
        until: When it is over, of a delay; long past if it does not wait.
        items: What the Map of a loop goes over.
    """

    branch: str
    until: str
    items: list[int] | list[list[int]]


def run_segment(
    segment: Segment, functions: Mapping[str, NodeFunction], stores: Stores, deadline: float
) -> TaskResult | Turn:
    """Do what a Task is for.

    Args:
        functions: By node type.
        deadline: Unix time at which this function is killed.

    Raises:
        Exception: One of `runtime.errors`.
    """
    payloads = PayloadReader(stores.payloads, segment.execution_id)
    invocation = Invocation(segment, functions, stores, payloads, deadline)
    if segment.turns:
        return next_turn(invocation, segment.turns)
    if segment.batch:
        run_batch(invocation, segment.batch)
        return {}
    return _settle_nodes(invocation)


def _settle_nodes(invocation: Invocation) -> TaskResult | Turn:
    """Settle the segment's nodes in order, and do what follows them."""
    segment, stores = invocation.segment, invocation.stores
    specs = invocation.specs((*segment.settles, *segment.node_ids))
    for node_id in segment.settles:
        if specs[node_id].body is not None:
            settle_loop(invocation, specs[node_id])
        elif specs[node_id].node.type == "delay":
            settle_delay(segment, node_id, stores)
        try_gates(segment, node_id, stores)
    record = None
    for node_id in segment.node_ids:
        record = invocation.guard(specs[node_id]).settle()
        # Also where it was settled before: its function may have crashed just then.
        try_gates(segment, node_id, stores)
    if segment.gate:
        wait_at_gate(segment, stores)
    elif segment.token and record:
        record = wait_for_answer(segment.token, invocation.guard(specs[record.node_id]), record)
    if segment.final:
        _complete_execution(segment, stores, invocation.payloads)
    return _result_of(segment, specs[record.node_id], record) if record else {}


def _result_of(segment: Segment, spec: NodeSpec, record: NodeRecord) -> TaskResult | Turn:
    """What the machine goes on by after the segment's last node."""
    if spec.body is not None and spec.node.config["loop_type"] != "for_each":
        return turn_of(segment, spec.node.id, record)
    result: TaskResult = {}
    if spec.body is not None:
        result["items"] = map_items(spec, record)
    if segment.chooses:
        result["branch"] = record.branch or ""
    if spec.node.type == "delay":
        result["until"] = record.wakes_at or _LONG_AGO
    return result


def settle_delay(segment: Segment, node_id: str, stores: Stores) -> None:
    """Record a delay as completed, as the Wait that followed it is over. Gates go by records alone.

    Raises:
        Stopped: The execution does not run in this attempt.
        Superseded: Another invocation got in between.
    """
    record = read_running(stores, segment, (node_key(segment.path, node_id),)).nodes.get(node_id)
    if record is not None and record.status == "waiting":
        write_node(stores, record.matured(), record)


def _complete_execution(segment: Segment, stores: Stores, payloads: PayloadReader) -> None:
    node_ids = load_result_nodes(segment, stores)
    snapshot = read_running(stores, segment, [node_key(segment.path, node_id) for node_id in node_ids])
    if snapshot.execution.cleans_up:
        _tell(segment, stores, "clean-up completed")
    if snapshot.execution.is_terminal:
        return
    result = _result(node_ids, snapshot, payloads)
    try:
        stores.executions.apply(segment.execution_id, transitions.completed(segment.attempt, result, now()))
    except ConditionFailed as error:
        status = Execution.from_item(error.item).status if error.item else "gone"
        if status == "completed":
            return  # Our own write, whose answer was lost and which the SDK made once more.
        raise Stopped(f"execution {segment.execution_id} is {status}: it cannot complete") from error
    _tell(segment, stores, "execution completed")


def _tell(segment: Segment, stores: Stores, message: str) -> None:
    log = execution_log(stores, segment)
    log.info(message)
    log.close()


def _result(node_ids: Sequence[str], snapshot: Snapshot, payloads: PayloadReader) -> Payload | None:
    """One result node: its output, not stored again; several: an object of those that were reached."""
    outputs = {
        node_id: record.output
        for node_id in node_ids
        if (record := snapshot.nodes.get(node_id)) is not None and record.output is not None
    }
    if len(node_ids) == 1:
        return next(iter(outputs.values()), None)
    return payloads.write("result", {node_id: payloads.read(output) for node_id, output in outputs.items()})
