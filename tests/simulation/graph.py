"""A workflow's graph as its author declared it, and the rules of liveness, from docs/definition.md.

Nothing of `workflows` is imported: this is the other opinion that tests compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Settled = Literal["completed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a node does when it is executed.

    Attributes:
        branch: The handle that it chooses; empty if none.
        failed: Whether it fails for good.
        failed_tries: How many tries fail before that one.
    """

    branch: str = ""
    failed: bool = False
    failed_tries: int = 0


OutcomeOf = Callable[[str], Outcome]


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node.

    Attributes:
        incoming: (source, when) of each declared edge into it.
        has_error_edge: Whether an edge leaves it for failures.
        continues: Whether its failure counts as an output.
        sleeps: Whether its duration passes in a Wait, not in a function.
        asks: Whether its duration passes until somebody answers, not in a function.
        starts_another: Whether that is an execution that it starts, whose end its function must look at.
    """

    id: str
    joins_all: bool = False
    incoming: tuple[tuple[str, str | None], ...] = ()
    has_error_edge: bool = False
    continues: bool = False
    sleeps: bool = False
    asks: bool = False
    starts_another: bool = False

    def tolerates(self, outcome: Outcome) -> bool:
        """Whether the execution goes on after this outcome."""
        return not outcome.failed or self.has_error_edge or self.continues


@dataclass(frozen=True, slots=True)
class Graph:
    """All nodes by id, in the order of the document."""

    nodes: Mapping[str, GraphNode] = field(default_factory=dict)

    def opens(self, source: str, outcome: Outcome, when: str | None) -> bool:
        """Whether an edge with this `when` is live once its source was executed with this outcome."""
        if not outcome.failed:
            return when is None or when == outcome.branch
        if self.nodes[source].has_error_edge:
            return when == "error"
        return self.nodes[source].continues and when is None

    def live_sources(self, node_id: str, outcomes: Mapping[str, Outcome]) -> tuple[str, ...] | None:
        """Returns the sources of the node's live edges, each once; None if it is not to be executed.

        Args:
            node_id: A node whose predecessors are all settled.
            outcomes: Of the predecessors that were executed; the others were skipped.
        """
        incoming = self.nodes[node_id].incoming
        live = [
            source
            for source, when in incoming
            if source in outcomes and self.opens(source, outcomes[source], when)
        ]
        needed = len(incoming) if self.nodes[node_id].joins_all else min(1, len(incoming))
        return tuple(dict.fromkeys(live)) if len(live) >= needed else None


def graph_of(document: Mapping[str, Any]) -> Graph:
    """Returns the graph of a valid workflow document in the plain style."""
    edges = [(edge["source"], edge["target"], edge.get("when")) for edge in document.get("edges", ())]
    incoming: dict[str, list[tuple[str, str | None]]] = {}
    for source, target, when in edges:
        incoming.setdefault(target, []).append((source, when))
    catching = {source for source, _, when in edges if when == "error"}
    return Graph(
        {
            node["id"]: GraphNode(
                id=node["id"],
                joins_all=node.get("join") == "all",
                incoming=tuple(incoming.get(node["id"], ())),
                has_error_edge=node["id"] in catching,
                continues=node.get("on_error") == "continue",
                sleeps=node["type"] == "delay",
                asks=node["type"] in ("approval", "workflow"),
                starts_another=node["type"] == "workflow",
            )
            for node in document["nodes"]
        }
    )
