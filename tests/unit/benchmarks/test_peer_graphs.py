"""The graphs that this project and its peers execute: equally many nodes, by edges or by levels."""

from __future__ import annotations

import pytest

from benchmarks.peers.graphs import GRAPHS, document, levels
from workflows.compiler.normalise import normalise


@pytest.mark.parametrize("name", GRAPHS)
def test_levels_hold_all_nodes_of_a_graph(name: str) -> None:
    assert sum(levels(GRAPHS[name])) == len(GRAPHS[name])


def test_levels_are_those_that_the_names_promise() -> None:
    assert [levels(parents) for parents in GRAPHS.values()] == [
        [1] * 10,
        [1, 50, 1],
        [1, 11, 11, 11, 11, 1, 1, 1, 1],
    ]


@pytest.mark.parametrize("name", GRAPHS)
def test_document_has_each_node_and_edge(name: str) -> None:
    workflow = normalise(document(GRAPHS[name], "transform", {"value": None}))
    assert len(workflow.nodes) == len(GRAPHS[name])
    assert len(workflow.edges) == sum(map(len, GRAPHS[name]))
