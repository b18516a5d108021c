"""What happens in a graph, worked out from the declared edges alone."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any


def live_nodes(document: Mapping[str, Any], chosen: Mapping[str, str]) -> set[str]:
    """Returns the nodes that run when no node fails.

    Args:
        document: A valid workflow, its nodes listed each after those it waits for.
        chosen: The handle per branching node.
    """
    live: set[str] = set()
    for node in document["nodes"]:
        incoming = [
            edge["source"] in live and edge.get("when") in (None, chosen.get(edge["source"]))
            for edge in document["edges"]
            if edge["target"] == node["id"]
        ]
        joined = all(incoming) if node.get("join") == "all" else any(incoming)
        if joined or not incoming:
            live.add(node["id"])
    return live


def ancestors_of(document: Mapping[str, Any]) -> dict[str, set[str]]:
    """Returns per node all that come before it, of a valid workflow as above."""
    ancestors: dict[str, set[str]] = {node["id"]: set() for node in document["nodes"]}
    sources: dict[str, list[str]] = {node_id: [] for node_id in ancestors}
    for edge in document["edges"]:
        sources[edge["target"]].append(edge["source"])
    for node_id in TopologicalSorter(sources).static_order():
        for source in sources[node_id]:
            ancestors[node_id] |= ancestors[source] | {source}
    return ancestors
