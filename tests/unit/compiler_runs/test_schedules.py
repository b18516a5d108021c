"""How compiled graphs of real families are scheduled, by the benchmark's own measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.graphs import FAMILIES, TaskGraph, make_graph
from benchmarks.measure import critical_path_seconds, level_by_level, measure
from benchmarks.schedule import main

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


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("nodes", [100, 300])
def test_real_families_take_their_critical_path(family: str, nodes: int) -> None:
    graph = make_graph(family, nodes)
    assert graph == make_graph(family, nodes)
    assert nodes / 2 < len(graph["parents"]) <= nodes
    found = measure(family, graph)
    assert 1.0 <= found.ours + 1e-9 <= 1.02
    assert found.by_level >= found.ours - 1e-9
    assert not found.is_too_large


def test_the_table_has_a_line_per_file_and_one_per_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "n_shape.json"
    file.write_text(json.dumps(N_SHAPE))
    assert main([str(file), "--generate", "blast", "--nodes", "20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["graph", "n_shape", "blast", "median", "largest"]
    assert lines[1].split()[1:5] == ["4", "10.0s", "1.000", "1.400"]
