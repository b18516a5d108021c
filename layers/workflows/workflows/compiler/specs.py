"""What the runtime must know of each node, and which nodes give an execution its result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from workflows.compiler.expressions import reads_of_config
from workflows.compiler.order import members, order_of
from workflows.compiler.plans import loop_body
from workflows.compiler.segments import bound_seconds
from workflows.domain.loop import ItemErrors
from workflows.domain.workflow import ERROR_HANDLE, Edge, Graph, Node, NodeSpec


def node_specs(graph: Graph, before: Sequence[Node] = ()) -> tuple[NodeSpec, ...]:
    """Returns one spec per node, in the document's order, each loop before the nodes of its body.

    Args:
        before: Nodes that come before all of these, and whose outputs these may read.
    """
    return tuple(_specs(graph, {node.id: 0 for node in before}, (), "execution"))


def _specs(
    graph: Graph, before: Mapping[str, int], loops: tuple[str, ...], item_errors: ItemErrors
) -> Iterator[NodeSpec]:
    """Yields the specs of a graph, which is a loop's body unless `loops` is empty.

    Args:
        before: By how many loops the nodes are surrounded that come before all of these.
    """
    order = order_of([node.id for node in graph.nodes], graph.edges)
    position = {node_id: i for i, node_id in enumerate(order.ids)}
    incoming: defaultdict[str, list[Edge]] = defaultdict(list)
    handles: defaultdict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        incoming[edge.target].append(edge)
        if edge.when is not None:
            handles[edge.source].add(edge.when)

    for node in graph.nodes:
        ancestors = [order.ids[i] for i in members(order.ancestors[position[node.id]])]
        known = {**before, **dict.fromkeys(ancestors, len(loops))}
        found = reads_of_config(node.config)
        read = [node_id for node_id in known if found.everything or node_id in found.ids]
        yield NodeSpec(
            node=replace(node, body=None),
            bound_seconds=bound_seconds(node),
            incoming=tuple(incoming[node.id]),
            handles=frozenset(handles[node.id]),
            reads=tuple(node_id for node_id in read if known[node_id] == len(loops)),
            secrets=tuple(sorted(found.secrets)),
            loops=loops,
            outer_reads={node_id: known[node_id] for node_id in read if known[node_id] < len(loops)},
            item_errors=item_errors,
            body=loop_body(node, result_nodes(node.body)) if node.body else None,
        )
        if node.body:
            inner = _item_errors(node, handles[node.id], item_errors)
            yield from _specs(node.body, known, (*loops, node.id), inner)


def _item_errors(loop: Node, handles: Collection[str], outer: ItemErrors) -> ItemErrors:
    """Returns what fails with a node of a loop's body."""
    if loop.config["on_item_error"] == "continue":
        return "item"
    is_tolerated = ERROR_HANDLE in handles or loop.on_error == "continue" or outer != "execution"
    return "loop" if is_tolerated else "execution"


def result_nodes(graph: Graph) -> tuple[str, ...]:
    """Returns the ids of the `end` nodes, or, where there is none, of the nodes nothing follows."""
    ends = tuple(node.id for node in graph.nodes if node.type == "end")
    followed = {edge.source for edge in graph.edges}
    return ends or tuple(node.id for node in graph.nodes if node.id not in followed)
