"""An execution's records, as its nodes' functions read and write them, and the logs beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import Snapshot
from workflows.domain import transitions
from workflows.domain.execution import Execution
from workflows.domain.node_record import NodeRecord
from workflows.domain.times import now
from workflows.runtime.errors import Stopped, Superseded
from workflows.runtime.node_log import NodeLog
from workflows.runtime.segment import Segment
from workflows.runtime.stores import Stores


def execution_log(stores: Stores, segment: Segment, node_id: str | None = None) -> NodeLog:
    """The log of a node, or of the execution itself."""
    log = NodeLog(stores.logs, stores.log_limits, segment.execution_id, node_id)
    if node_id is not None:
        log.iteration = segment.path.removesuffix("/")
    return log


def write_node(stores: Stores, record: NodeRecord, previous: NodeRecord | None) -> None:
    """Write a node's record over `previous`, as read before.

    Raises:
        Superseded: Somebody else wrote it meanwhile.
    """
    try:
        stores.executions.put_node(record, previous)
    except ConditionFailed as error:
        if error.item == record.to_item():
            return  # Our own write, whose answer was lost and which the SDK made once more.
        raise Superseded(f"node {record.node_id} is in another invocation's hands") from error


def read_running(stores: Stores, segment: Segment, records: Sequence[str]) -> Snapshot:
    """Read records, by their keys, and with them that the execution runs in the segment's attempt.

    The first segment makes a pending execution a running one. A final segment that is repeated may find
    its execution completed, and then has nothing left to start.

    Raises:
        Stopped: The execution does not run, or in another attempt.
    """
    snapshot = stores.executions.read_nodes(segment.execution_id, records)
    if snapshot is None:
        raise Stopped(f"execution {segment.execution_id} is gone")
    execution = snapshot.execution
    if execution.attempt == segment.attempt:
        if execution.status == "pending":
            execution = _begin(stores, segment, execution)
        is_over = segment.final and execution.status == "completed"
        if execution.lets_run(segment.attempt, now()) or is_over:
            return replace(snapshot, execution=execution)
    raise Stopped(
        f"execution {segment.execution_id} is {execution.status} in attempt {execution.attempt}: "
        f"attempt {segment.attempt} starts nothing"
    )


def _begin(stores: Stores, segment: Segment, execution: Execution) -> Execution:
    try:
        begun = stores.executions.apply(execution.execution_id, transitions.begun(execution, now()))
    except ConditionFailed as error:
        # A parallel branch began it first, or a cancel came in between.
        if error.item is None:
            raise Stopped(f"execution {execution.execution_id} is gone") from error
        return Execution.from_item(error.item)
    log = execution_log(stores, segment)
    log.info("execution started")
    log.close()
    return begun
