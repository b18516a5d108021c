"""What the runtime must know of each node, and which nodes give an execution its result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from workflows.compiler.expressions import reads_of_config
from workflows.compiler.order import members, order_of
from workflows.compiler.segments import bound_seconds
from workflows.domain.workflow import Edge, Node, NodeSpec, Workflow


def node_specs(workflow: Workflow, before: Sequence[Node] = ()) -> tuple[NodeSpec, ...]:
    """Returns one spec per node, in the workflow's order.

    Args:
        before: Nodes that come before all of these, and whose outputs these may read.
    """
    order = order_of([node.id for node in workflow.nodes], workflow.edges)
    position = {node_id: i for i, node_id in enumerate(order.ids)}
    earlier = [node.id for node in before]
    incoming: defaultdict[str, list[Edge]] = defaultdict(list)
    handles: defaultdict[str, set[str]] = defaultdict(set)
    for edge in workflow.edges:
        incoming[edge.target].append(edge)
        if edge.when is not None:
            handles[edge.source].add(edge.when)

    def reads(node: Node) -> tuple[str, ...]:
        found = reads_of_config(node.config)
        ancestors = [order.ids[i] for i in members(order.ancestors[position[node.id]])]
        return tuple(
            node_id for node_id in (*earlier, *ancestors) if found.everything or node_id in found.ids
        )

    return tuple(
        NodeSpec(
            node=node,
            bound_seconds=bound_seconds(node),
            incoming=tuple(incoming[node.id]),
            handles=frozenset(handles[node.id]),
            reads=reads(node),
        )
        for node in workflow.nodes
    )


def result_nodes(workflow: Workflow) -> tuple[str, ...]:
    """Returns the ids of the `end` nodes, or, where there is none, of the nodes nothing follows."""
    ends = tuple(node.id for node in workflow.nodes if node.type == "end")
    followed = {edge.source for edge in workflow.edges}
    return ends or tuple(node.id for node in workflow.nodes if node.id not in followed)
