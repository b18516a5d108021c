"""Workflows to execute: small graphs of every shape that compiles differently."""

from __future__ import annotations

from random import Random
from typing import Any

Document = dict[str, Any]
Edges = list[tuple[str, ...]]

SHAPES: dict[str, Edges] = {
    "chain": [("a", "b"), ("b", "c"), ("c", "d")],
    "fork": [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")],
    "n": [("a", "c"), ("a", "d"), ("b", "d"), ("c", "e"), ("d", "e")],
    "ns": [("a", "d"), ("a", "e"), ("b", "e"), ("b", "f"), ("c", "f"), ("d", "g"), ("e", "g"), ("f", "h")],
    "open": [("a", "b"), ("a", "c")],
    "wide": [*(("a", x) for x in "bcde"), *((x, "f") for x in "bcde")],
}


def all_nodes(graph: Document) -> list[dict[str, Any]]:
    """The nodes of a workflow, and those of its loops' bodies."""
    nodes: list[dict[str, Any]] = graph["nodes"]
    bodies = [node["config"]["body"] for node in nodes if "body" in node["config"]]
    return nodes + [node for body in bodies for node in all_nodes(body)]


def document(random: Random, shape: str | None = None, **settings: Any) -> Document:
    """A workflow of `http` nodes, transforms, conditions and delays in one of the shapes."""
    edges = SHAPES[shape or random.choice(sorted(SHAPES))]
    names = sorted({name for edge in edges for name in edge})
    followed = {source for source, *_ in edges}
    nodes = [_node(random, name, name in followed) for name in names]
    choosing = {node["id"] for node in nodes if node["type"] == "condition"}
    listed = [_edge(random, source, target, choosing) for source, target in edges]
    catching = [
        n["id"] for n in nodes if n["type"] == "http" and n["id"] in followed and random.random() < 0.1
    ]
    for node in nodes:
        if node["id"] in catching:
            # Whether it fails must not be left to chance, as all that follows depends on it.
            node["config"]["url"] = f"https://server/{random.choice(['ok', 'broken'])}/{node['id']}"
    listed += [
        {"source": name, "target": next(t for s, t in edges if s == name), "when": "error"}
        for name in catching
    ]
    return {"name": shape or "random", "nodes": nodes, "edges": listed, **settings}


def _node(random: Random, name: str, is_followed: bool) -> dict[str, Any]:
    kind = random.choices(["http", "transform", "delay", "condition"], [5, 2, 1, 1.5 * is_followed])[0]
    node: dict[str, Any] = {"id": name, "type": kind, "join": random.choice(["any", "any", "any", "all"])}
    match kind:
        case "http":
            what = random.choice(["ok", "ok", "ok", "flaky", "flaky", "late"])
            if random.random() < 0.1:
                what, node["on_error"] = "broken", "continue"
            node["config"] = {"url": f"https://server/{what}/{name}", "timeout_seconds": 8}
            node["retry"] = {"max_attempts": random.choice([1, 2, 3, 4]), "interval_seconds": 1}
        case "transform":
            node["config"] = {"value": {"of": name, "input": "{{input}}", "n": "{{inputs.n}}"}}
            node["retry"] = {"max_attempts": random.choice([1, 2, 3])}
        case "delay":
            node["config"] = {"seconds": random.choice([0, 2, 20, 90])}
            node["retry"] = {"max_attempts": 2}
        case _:
            node["config"] = {"expression": f"{{{{inputs.n > {random.randint(0, 9)}}}}}"}
            node["retry"] = {"max_attempts": 3}
    return node


def _edge(random: Random, source: str, target: str, choosing: set[str]) -> dict[str, str]:
    edge = {"source": source, "target": target}
    if source in choosing and random.random() < 0.8:
        edge["when"] = random.choice(["true", "false"])
    return edge
