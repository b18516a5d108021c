"""The graphs that all execute; their nodes do nothing."""

from __future__ import annotations

from typing import Any

from benchmarks.schedule.graphs import make_graph
from benchmarks.schedule.measure import levels_of

Parents = list[list[int]]
"""Of each node, the numbers of those that it waits for."""

FAN_OUT = 50

GRAPHS: dict[str, Parents] = {
    "a chain of 10": [[number - 1] if number else [] for number in range(10)],
    f"a fan-out of {FAN_OUT}": [[], *([0] for _ in range(FAN_OUT)), list(range(1, FAN_OUT + 1))],
    "a genome pipeline of 49": make_graph("epigenomics", 50)["parents"],
}

ONE_NODE: Parents = [[]]


def levels(parents: Parents) -> list[int]:
    """How many nodes have equally many before them on their longest path, from the first level on."""
    return [len(nodes) for nodes in levels_of({"runtime_seconds": [], "parents": parents})]


def document(parents: Parents, kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """The workflow of a graph, all its nodes of one type."""
    return {
        "name": "bench",
        "nodes": [{"id": f"n{node}", "type": kind, "config": config} for node in range(len(parents))],
        "edges": [
            {"source": f"n{source}", "target": f"n{node}"}
            for node, sources in enumerate(parents)
            for source in sources
        ],
    }
