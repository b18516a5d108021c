"""Graphs made to hurt."""

from __future__ import annotations

from typing import Any

from tests.unit.compiler.definitions import document, node
from tests.unit.compiler.strategies import lower

SIZE = 1_000


def numbered(count: int, *edges: tuple[int, int], kind: str = "transform", when: str = "") -> dict[str, Any]:
    return document([node(f"n{i}", kind) for i in range(count)], *(f"n{i} n{j} {when}" for i, j in edges))


def nested(kind: str, depth: int) -> dict[str, Any]:
    program: Any = "transform"
    for _ in range(depth):
        program = ("parallel", [program, "transform"]) if kind == "parallel" else ("if", "transform", program)
    return lower(program)


def conditions_in_conditions(depth: int) -> dict[str, Any]:
    """Of each level's condition two nodes come behind `true` and one behind a plain edge; all join again.

    One of the two is the next level's condition.
    """
    nodes: list[dict[str, Any]] = []
    edges: list[str] = []
    for i in range(depth):
        nodes += [node(f"if{i}", "condition"), node(f"then{i}"), node(f"plain{i}"), node(f"join{i}")]
        edges += [f"if{i} then{i} true", f"if{i} plain{i}"]
        inner = [f"if{i + 1}", f"join{i + 1}"] if i + 1 < depth else ["last", "last"]
        edges += [f"if{i} {inner[0]} true"]
        edges += [f"{last} join{i}" for last in (inner[1], f"then{i}", f"plain{i}")]
    return document([*nodes, node("last")], *edges)


ADVERSARIAL = {
    "chain": numbered(SIZE, *((i, i + 1) for i in range(SIZE - 1))),
    "conditions": numbered(SIZE, *((i, i + 1) for i in range(SIZE - 1)), kind="condition", when="true"),
    "fan_out": numbered(SIZE, *((0, i) for i in range(1, SIZE))),
    "fan_out_and_in": numbered(
        SIZE, *((0, i) for i in range(1, SIZE - 1)), *((i, SIZE - 1) for i in range(1, SIZE - 1))
    ),
    "isolated": numbered(SIZE),
    "ladder_of_n_shapes": numbered(
        SIZE, *((i, i + 2) for i in range(SIZE - 2)), *((i, i + 3) for i in range(0, SIZE - 3, 2))
    ),
    "caterpillar": numbered(SIZE, *((i - i % 2, i + 1) for i in range(SIZE - 1))),
    "ladder_of_300_ns": numbered(
        600, *((i, i + 1) for i in range(0, 600, 2)), *((i, i + 3) for i in range(0, 597, 2))
    ),
    "isolated_500": numbered(500),
    "bipartite_layers_30_by_30_by_5": numbered(
        150, *((i, j) for i in range(150) for j in range(150) if i // 30 + 1 == j // 30)
    ),
    "diamonds_50_deep": nested("parallel", 50),
    "diamonds_300_deep": nested("parallel", 300),
    "else_if_300_long": nested("if", 300),
    "conditions_100_deep_beside_plain_edges": conditions_in_conditions(100),
}
