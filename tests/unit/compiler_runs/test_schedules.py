"""How compiled graphs of real families are scheduled, by the benchmark's own measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.schedule.__main__ import main
from benchmarks.schedule.graphs import FAMILIES, TaskGraph, make_graph
from benchmarks.schedule.measure import (
    NEVER_FUSED_SECONDS,
    critical_path_seconds,
    document_of,
    level_by_level,
    measure,
)
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.measure import MAX_DEFINITION_BYTES
from workflows.compiler.measure import measure as measure_machine
from workflows.compiler.normalise import normalise
from workflows.compiler.targets import SAMPLE_TARGETS

N_SHAPE: TaskGraph = {"runtime_seconds": [1.0, 5.0, 9.0, 2.0], "parents": [[], [], [0], [0, 1, 1]]}
"""By level the short first source waits for the long one: 5 + 9; each as early as it can: 1 + 9."""


def test_the_baseline_waits_for_each_level_and_the_critical_path_for_nothing_else() -> None:
    assert critical_path_seconds(N_SHAPE) == 10.0
    assert level_by_level(N_SHAPE, 0.0) == (14.0, 6)
    assert level_by_level(N_SHAPE, 0.5) == (16.0, 6)


def test_an_n_shape_is_measured_as_early_as_it_can_be() -> None:
    found = measure("n", N_SHAPE)
    assert (found.nodes, found.critical_path_seconds, found.ours, found.by_level) == (4, 10.0, 1.0, 1.4)
    assert measure("n", N_SHAPE, overhead_seconds=0.5).ours > 1.0


def test_chains_are_fewer_tasks_only_where_they_may_be_fused() -> None:
    chain: TaskGraph = {"runtime_seconds": [1.0] * 5, "parents": [[], [0], [1], [2], [3]]}
    assert measure("chain", chain).transitions_per_node == 1.0
    assert measure("chain", chain, fuse=True).transitions_per_node == 0.2


MAX_TRANSITIONS_PER_NODE = dict.fromkeys(FAMILIES, 1.30) | {
    # Each overlap of two images is a group of its own. One without a free host, a Task that comes before it
    # and that no other group waits behind, takes a Task for its gate alone; hosts are a maximum matching, so
    # no choice of them leaves fewer such groups. Without n groups' hosts it is 1 + n / nodes and a few
    # Parallels. An image has up to four overlaps and hosts one: with 2,000 nodes, n / nodes is 0.45.
    "montage": 1.46,
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("nodes", [100, 300, 1_000])
def test_real_families_take_their_critical_path_and_about_a_transition_a_node(
    family: str, nodes: int
) -> None:
    graph = make_graph(family, nodes)
    assert graph == make_graph(family, nodes)
    assert nodes / 2 < len(graph["parents"]) <= nodes
    found = measure(family, graph)
    assert 1.0 <= found.ours + 1e-9 <= 1.02
    assert found.by_level >= found.ours - 1e-9
    assert found.transitions_per_node <= MAX_TRANSITIONS_PER_NODE[family]
    assert not found.is_too_large


@pytest.mark.parametrize("family", FAMILIES)
def test_real_families_of_2000_nodes_fit_into_a_definition(family: str) -> None:
    config = {"url": "https://example.com", "timeout_seconds": NEVER_FUSED_SECONDS}
    document = document_of(make_graph(family, 2_000), config)
    assert len(document["nodes"]) > 1_900
    machine = compile_workflow(normalise(document), SAMPLE_TARGETS)
    definition = definition_json(machine)
    assert len(definition) <= MAX_DEFINITION_BYTES
    assert measure_machine(machine, definition).transitions_per_node <= MAX_TRANSITIONS_PER_NODE[family]


def test_the_table_has_a_line_per_file_and_one_per_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "n_shape.json"
    file.write_text(json.dumps(N_SHAPE))
    assert main([str(file), "--generate", "blast", "--nodes", "20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["graph", "n_shape", "blast", "median", "largest"]
    assert lines[1].split()[1:5] == ["4", "10.0s", "1.000", "1.400"]
