"""Random graphs on the deployed stack, against an oracle that knows the edges alone."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.e2e.users import User
from tests.unit.compiler.oracle import live_nodes

SIZE = 12


def random_graph(seed: int) -> tuple[dict[str, Any], dict[str, str]]:
    """A workflow of transforms and conditions, and the handle that each condition chooses."""
    random = Random(seed)
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    chosen: dict[str, str] = {}
    for number in range(SIZE):
        node_id = f"n{number}"
        if random.random() < 0.3:
            chosen[node_id] = random.choice(["true", "false"])
            kind = {"type": "condition", "config": {"expression": f"{{{{{chosen[node_id]}}}}}"}}
        else:
            kind = {"type": "transform", "config": {"value": number}}
        nodes.append({"id": node_id, "join": random.choice(["any", "all"]), **kind})
        for source in random.sample(range(number), min(number, random.choice([0, 1, 1, 2, 3]))):
            edge = {"source": f"n{source}", "target": node_id}
            if f"n{source}" in chosen and random.random() < 0.7:
                edge["when"] = random.choice(["true", "false"])
            edges.append(edge)
    return {"name": f"random {seed}", "nodes": nodes, "edges": edges}, chosen


@pytest.mark.parametrize("seed", range(8))
def test_exactly_the_live_nodes_run_each_after_its_live_predecessors(owner: User, seed: int) -> None:
    definition, chosen = random_graph(seed)

    execution = owner.ended(owner.execute(owner.save(definition)))

    assert execution["status"] == "completed", execution
    live = live_nodes(definition, chosen)
    nodes = execution["nodes"]
    assert {node_id: node["status"] for node_id, node in nodes.items()} == {
        node["id"]: "completed" if node["id"] in live else "skipped" for node in definition["nodes"]
    }
    assert all(nodes[node_id]["tries"] == 1 for node_id in live)
    for edge in definition["edges"]:
        if {edge["source"], edge["target"]} <= live:
            assert nodes[edge["source"]]["completed_at"] <= nodes[edge["target"]]["started_at"]
