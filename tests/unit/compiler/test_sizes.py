"""Real pipelines, and graphs made to hurt."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.unit.compiler.adversarial import ADVERSARIAL, numbered
from tests.unit.compiler.definitions import TARGETS, document, node
from tests.unit.compiler.interpreter import Execution, all_nodes
from tests.unit.compiler.oracle import ancestors_of
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.measure import MAX_DEFINITION_BYTES, Measure, measure
from workflows.compiler.normalise import normalise
from workflows.domain.errors import Invalid

DAGS = sorted((Path(__file__).parents[3].parent / "shared" / "dags").glob("*.json"))

MAX_DEPTH = 130
"""Readers of JSON stop at some depth, and each Parallel takes four of it and more of a reader's stack."""


def check(definition: dict[str, Any]) -> None:
    """Asserts that each node has its Task, and begins after those that it must and no others."""
    machine = compile_workflow(normalise(definition), TARGETS)
    text = definition_json(machine)
    assert len(text) <= MAX_DEFINITION_BYTES
    assert measure(machine, text).depth <= MAX_DEPTH
    assert sorted(all_nodes(machine)) == sorted(node["id"] for node in definition["nodes"])
    known_before = Execution(machine, lambda _: "true").known_before
    for node_id, ancestors in ancestors_of(definition).items():
        if node_id in known_before:
            assert known_before[node_id] == ancestors & known_before.keys()


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_an_adversarial_graph_compiles(name: str) -> None:
    check(ADVERSARIAL[name])


@pytest.mark.skipif(not DAGS, reason="the recorded graphs are not beside this repository")
@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_a_real_graph_compiles(path: Path) -> None:
    parents = json.loads(path.read_text())["parents"]
    check(numbered(len(parents), *((i, j) for j, sources in enumerate(parents) for i in sources)))


def without_fusion(count: int, *edges: tuple[int, int]) -> Measure:
    """Measures a graph of nodes that take so long that no two fit into one invocation."""
    config = {"url": "https://example.com", "timeout_seconds": 600}
    definition = numbered(count, *edges)
    definition["nodes"] = [node(f"n{i}", "http") | {"config": config} for i in range(count)]
    machine = compile_workflow(normalise(definition), TARGETS)
    return measure(machine, definition_json(machine))


@pytest.mark.skipif(not DAGS, reason="the recorded graphs are not beside this repository")
def test_real_graphs_take_about_a_transition_a_node() -> None:
    figures = []
    for path in DAGS:
        parents = json.loads(path.read_text())["parents"]
        edges = [(i, j) for j, sources in enumerate(parents) for i in sources]
        figures.append(without_fusion(len(parents), *edges).transitions_per_node)
    assert max(figures) <= 1.30
    assert median(figures) <= 1.15


def test_a_tree_of_joins_takes_no_parallel_per_join() -> None:
    # Node i joins 2i + 1 and 2i + 2.
    figures = without_fusion(127, *((child, (child - 1) // 2) for child in range(1, 127)))
    assert figures.states["Parallel"] == 1
    assert figures.gate_tasks == 0
    assert figures.transitions_per_node <= 1.02


def test_a_ladder_of_ns_takes_one_parallel_and_no_task_for_its_gates() -> None:
    rungs = [*((i, i + 1) for i in range(0, 600, 2)), *((i, i + 3) for i in range(0, 597, 2))]
    figures = without_fusion(600, *rungs)
    assert (figures.states["Parallel"], figures.gates, figures.gate_tasks) == (1, 299, 0)


def test_a_definition_beyond_the_limit_is_invalid_and_says_by_how_much() -> None:
    nodes = [node(f"{i:060d}", "http", retry={"max_attempts": 3}) for i in range(2_000)]
    with pytest.raises(Invalid, match=r"has \d+ bytes, \d+ more than the 1048576 that Step"):
        definition_json(compile_workflow(normalise(document(nodes)), TARGETS))
