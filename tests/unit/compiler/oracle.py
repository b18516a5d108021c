"""Which nodes of a graph are live, worked out from the declared edges alone."""

from __future__ import annotations

from collections.abc import Mapping
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
