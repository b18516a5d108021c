"""Runs a segment: its nodes in order, and where it is the final one, the end of the execution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import Snapshot
from workflows.domain import transitions
from workflows.domain.execution import Execution
from workflows.domain.payload import Payload
from workflows.domain.times import now
from workflows.domain.workflow import NodeSpec
from workflows.runtime.environment import PayloadReader
from workflows.runtime.errors import Stopped
from workflows.runtime.gates import try_gates, wait_at_gate
from workflows.runtime.guard import NodeGuard, execution_log, read_running, write_node
from workflows.runtime.node import NodeFunction
from workflows.runtime.segment import Segment
from workflows.runtime.stores import Stores

_LONG_AGO = "1970-01-01T00:00:00Z"
_CACHED_SPECS = 2_000
_specs: dict[tuple[str, int, str], NodeSpec] = {}
_result_nodes: dict[tuple[str, int], tuple[str, ...]] = {}


class TaskResult(TypedDict, total=False):
    """What a Task's state machine goes on by, of the segment's last node; the less the better.

    Attributes:
        branch: Where a Choice follows, the handle that it chose; empty if none.
        until: When it is over, of a delay; long past if it does not wait.
    """

    branch: str
    until: str


def run_segment(
    segment: Segment, functions: Mapping[str, NodeFunction], stores: Stores, deadline: float
) -> TaskResult:
    """Settle the segment's nodes in order.

    Args:
        functions: By node type.
        deadline: Unix time at which this function is killed.

    Raises:
        Exception: One of `runtime.errors`.
    """
    specs = _load_specs(segment, stores)
    for node_id in segment.settles:
        settle_delay(segment, node_id, stores)
        try_gates(segment, node_id, stores)
    payloads = PayloadReader(stores.payloads, segment.execution_id)
    record = None
    for node_id in segment.node_ids:
        guard = NodeGuard(segment, specs[node_id], functions, stores, payloads, deadline)
        record = guard.settle()
        # Also where it was settled before: its function may have crashed just then.
        try_gates(segment, node_id, stores)
    if segment.gate:
        wait_at_gate(segment, stores)
    if segment.final:
        _complete_execution(segment, stores, payloads)
    result: TaskResult = {}
    if record and segment.chooses:
        result["branch"] = record.branch or ""
    if record and specs[record.node_id].node.type == "delay":
        result["until"] = record.wakes_at or _LONG_AGO
    return result


def settle_delay(segment: Segment, node_id: str, stores: Stores) -> None:
    """Record a delay as completed, as the Wait that followed it is over. Gates go by records alone.

    Raises:
        Stopped: The execution does not run in this attempt.
        Superseded: Another invocation got in between.
    """
    record = read_running(stores, segment, (node_id,)).nodes.get(node_id)
    if record is not None and record.status == "waiting":
        write_node(stores, record.matured(), record)


def _load_specs(segment: Segment, stores: Stores) -> dict[str, NodeSpec]:
    """The nodes' configs, which never change: fetched once a process."""
    keys = {node_id: (segment.workflow_id, segment.version, node_id) for node_id in segment.node_ids}
    missing = [node_id for node_id, key in keys.items() if key not in _specs]
    if missing:
        if len(_specs) > _CACHED_SPECS:
            _specs.clear()
            missing = list(keys)
        found = stores.workflows.specs(segment.workflow_id, segment.version, missing)
        _specs.update({keys[node_id]: spec for node_id, spec in found.items()})
    return {node_id: _specs[key] for node_id, key in keys.items()}


def _load_result_nodes(segment: Segment, stores: Stores) -> tuple[str, ...]:
    """The nodes that make up the result, which never change either."""
    key = segment.workflow_id, segment.version
    if key not in _result_nodes:
        if len(_result_nodes) > _CACHED_SPECS:
            _result_nodes.clear()
        _result_nodes[key] = stores.workflows.result_nodes(*key)
    return _result_nodes[key]


def _complete_execution(segment: Segment, stores: Stores, payloads: PayloadReader) -> None:
    node_ids = _load_result_nodes(segment, stores)
    snapshot = read_running(stores, segment, node_ids)
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
