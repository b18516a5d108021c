"""What an execution has to do, from the graph alone, one node after another in topological order."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter

from tests.simulation.graph import Graph, Outcome, OutcomeOf, Settled


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of a node.

    Attributes:
        input: The sources of its live edges, in the order of declaration; none if it is skipped.
    """

    status: Settled
    input: tuple[str, ...] = ()


def expected_nodes(graph: Graph, outcome_of: OutcomeOf) -> dict[str, Expected]:
    """Returns what becomes of each node when every failure is tolerated, predecessors first."""
    sources = {node.id: [source for source, _ in node.incoming] for node in graph.nodes.values()}
    outcomes: dict[str, Outcome] = {}
    expected: dict[str, Expected] = {}
    for node_id in TopologicalSorter(sources).static_order():
        live = graph.live_sources(node_id, outcomes)
        if live is None:
            expected[node_id] = Expected("skipped")
            continue
        outcomes[node_id] = outcome_of(node_id)
        expected[node_id] = Expected("failed" if outcomes[node_id].failed else "completed", live)
    return expected
