"""The state of every node of an execution, those without a record included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workflows.domain.execution import Execution
from workflows.domain.liveness import skipped_nodes
from workflows.domain.node_record import NodeRecord, NodeStatus
from workflows.domain.times import now
from workflows.domain.workflow_record import GraphNode


@dataclass(frozen=True, slots=True)
class NodeState:
    """What became of a node so far.

    Attributes:
        record: None for a node that was not reached.
    """

    node: GraphNode
    status: NodeStatus
    record: NodeRecord | None


def node_states(
    execution: Execution, graph: Sequence[GraphNode], records: Mapping[str, NodeRecord]
) -> dict[str, NodeState]:
    """States by node id, in the order of `graph` (topological).

    A node without a record is `skipped` where no path leads to it any more; else `pending`, or `cancelled`
    in an execution that has ended.
    """
    moment = now()
    current = {node_id: as_of(record, execution, moment) for node_id, record in records.items()}
    skipped = skipped_nodes([(node.id, node.join, node.incoming) for node in graph], current)
    not_reached: NodeStatus = "cancelled" if execution.is_terminal else "pending"
    states = {}
    for node in graph:
        record = current.get(node.id)
        status = record.status if record else "skipped" if node.id in skipped else not_reached
        states[node.id] = NodeState(node, status, record)
    return states


def state_of(execution: Execution, node: GraphNode, record: NodeRecord | None) -> NodeState:
    """The state of a node by itself: where it has no record, nothing is known of it yet."""
    current = None if record is None else as_of(record, execution, now())
    not_reached: NodeStatus = "cancelled" if execution.is_terminal else "pending"
    return NodeState(node, current.status if current else not_reached, current)


def as_of(record: NodeRecord, execution: Execution, moment: str) -> NodeRecord:
    """The record as time has changed it: a delay that is over, and what the execution's end cut off.

    Args:
        moment: The time now.
    """
    # A completed execution has waited for all its delays, whatever two clocks say of it.
    is_over = (record.wakes_at or "") <= min(execution.completed_at or moment, moment)
    if record.status == "waiting" and not record.is_asking and (is_over or execution.status == "completed"):
        return record.matured()
    is_lost = record.status == "running" and (record.lease_until or "") < moment
    if execution.is_terminal and (record.status == "waiting" or is_lost):
        return replace(record, status="cancelled")
    return record
