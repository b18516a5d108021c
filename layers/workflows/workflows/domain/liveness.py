"""Which nodes take part: joins, and the dead paths behind a branch not taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workflows.domain.node_record import NodeRecord
from workflows.domain.workflow import Edge, Join


def is_live(join: Join, incoming: Sequence[Edge], records: Mapping[str, NodeRecord]) -> bool:
    """Whether a node whose predecessors are all settled is to be executed.

    A predecessor without a record lies in a region that was not entered: it counts as skipped.

    Args:
        join: `any`: one live edge is enough; `all`: every edge must be live.
        incoming: All declared edges into the node; none means it is a source, and live.
        records: Settled records by node id.
    """
    if not incoming:
        return True
    live = [edge for edge in incoming if edge.source in records and records[edge.source].opens(edge)]
    return len(live) == len(incoming) if join == "all" else bool(live)


def live_sources(incoming: Iterable[Edge], records: Mapping[str, NodeRecord]) -> tuple[str, ...]:
    """Ids of the predecessors whose edge is live, each once, in the order of declaration."""
    return tuple(
        dict.fromkeys(
            edge.source for edge in incoming if edge.source in records and records[edge.source].opens(edge)
        )
    )


def skipped_nodes(
    order: Sequence[tuple[str, Join, Sequence[Edge]]], records: Mapping[str, NodeRecord]
) -> frozenset[str]:
    """The nodes without a record of which it is already certain that they will not be executed.

    Args:
        order: (id, join, incoming edges) of each node, in topological order.
        records: All records of the execution by node id, settled or not.
    """
    skipped: set[str] = set()
    for node_id, join, incoming in order:
        if node_id in records or not incoming:
            continue
        decided = [e for e in incoming if e.source in skipped or _is_settled(records.get(e.source))]
        dead = [e for e in decided if e.source in skipped or not records[e.source].opens(e)]
        if (len(dead) > 0) if join == "all" else (len(dead) == len(incoming)):
            skipped.add(node_id)
    return frozenset(skipped)


def _is_settled(record: NodeRecord | None) -> bool:
    return record is not None and record.is_settled
