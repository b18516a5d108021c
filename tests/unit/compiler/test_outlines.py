"""The outline of a definition is that of the workflow that it is saved as."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from tests.functions import ROOT
from tests.unit.compiler.strategies import graphs
from workflows.compiler.normalise import normalise
from workflows.compiler.outlines import outline
from workflows.domain.workflow import Graph, Node

EXAMPLES = sorted((ROOT / "examples").glob("*.json"))


def bare(graph: Graph) -> tuple[Any, ...]:
    """What an outline has of a graph."""
    nodes = tuple(
        replace(Node(node.id, node.type, name=node.name, join=node.join), body=None)
        if node.body is None
        else (node.id, node.name, bare(node.body))
        for node in graph.nodes
    )
    return nodes, graph.edges


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_outline_of_an_example(path: Any) -> None:
    document = json.loads(path.read_text())

    assert bare(outline(document)) == bare(normalise(document))
    assert outline(document).name == normalise(document).name


@given(graphs())
@settings(max_examples=60)
def test_outline_of_any_definition(document: dict[str, Any]) -> None:
    assert bare(outline(document)) == bare(normalise(document))


def test_outline_has_bodies_written_beside_their_loops_and_the_clean_up() -> None:
    document = {
        "nodes": [
            {"id": "each", "type": "loop", "config": {"items": [1]}},
            {"id": "one", "type": "transform", "config": {"value": 1}, "parent": "each"},
            {"id": "two", "type": "transform", "config": {"value": 1}, "parent": "each"},
        ],
        "edges": [{"source": "one", "target": "two"}],
        "on_cancel": {"nodes": [{"id": "undo", "type": "transform", "config": {"value": 1}}]},
    }
    whole, valid = outline(document), normalise(document)

    assert bare(whole) == bare(valid)
    assert whole.on_cancel is not None
    assert valid.on_cancel is not None
    assert bare(whole.on_cancel.graph) == bare(valid.on_cancel.graph)
    assert outline(document, with_clean_up=False).on_cancel is None
