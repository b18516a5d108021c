from __future__ import annotations

from typing import Any

import pytest

from workflows.compiler.normalise import normalise
from workflows.domain.errors import Invalid
from workflows.domain.workflow import Edge, Node

POSITION = {"x": 0, "y": 0}
DISPLAY = {"position": POSITION, "width": 120, "selected": False, "data": {"label": "A label", "icon": "x"}}


def drawn(nodes: list[dict[str, Any]], edges: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "nodes": [{"position": POSITION, **node} for node in nodes],
        "edges": edges or [],
        "viewport": {"zoom": 1},
    }


def only_node(node: dict[str, Any]) -> Node:
    return normalise(drawn([{"id": "n", **node}])).nodes[0]


@pytest.mark.parametrize(
    "node",
    [
        {"type": "delay", "config": {"seconds": 2}},
        {"type": "delay", "agent_config": {"seconds": 2}, "condition_config": None},
        {"type": "delay", "agent_config": {}, "input_config": {"seconds": 2, "label": "x"}},
        {"type": "delay", "data": {"config": {"seconds": 2}, "label": 7}},
        {"type": "delay", "data": {"seconds": 2, "color": "red"}},
        {"type": "default", "data": {"type": "delay", "seconds": 2}},
        {"type": "custom", "data": {"nodeType": "delay", "seconds": 2}},
        {"data": {"nodeType": "delay", "config": {"seconds": 2}}},
    ],
)
def test_config_and_type_are_found_wherever_editors_put_them(node: dict[str, Any]) -> None:
    found = only_node(node)
    assert (found.type, found.config) == ("delay", {"seconds": 2})


def test_the_label_is_the_name_unless_there_is_one() -> None:
    assert only_node({"type": "start", **DISPLAY}).name == "A label"
    assert only_node({"type": "start", **DISPLAY, "name": "Own"}).name == "Own"
    assert only_node({"type": "start", "data": {"label": "x" * 300}}).name == "x" * 200


@pytest.mark.parametrize(
    ("edge", "when"),
    [
        ({"sourceHandle": "true"}, "true"),
        ({"sourceHandle": "error"}, "error"),
        ({"sourceHandle": "bottom"}, None),
        ({"sourceHandle": None}, None),
        ({"condition": "false"}, "false"),
        ({"condition": True}, "true"),
        ({"condition": "false", "sourceHandle": "right"}, "false"),
        ({"when": "true", "sourceHandle": "false"}, "true"),
    ],
)
def test_the_handle_of_an_edge_is_found(edge: dict[str, Any], when: str | None) -> None:
    nodes: list[dict[str, Any]] = [
        {"id": "c", "type": "condition", "condition_config": {"expression": "{{ true }}"}},
        {"id": "e", "type": "output"},
    ]
    workflow = normalise(drawn(nodes, [{"id": "x", "source": "c", "target": "e", "animated": True, **edge}]))
    assert workflow.edges == (Edge("c", "e", when),)


def test_pointers_lead_into_the_document_as_given() -> None:
    nodes = [
        {"id": "c", "type": "default", "data": {"nodeType": "warp"}},
        {"id": "t", "type": "transform", "data": {"value": "{{ ( }}"}},
        {"id": "d", "type": "delay", "data": {"config": {"seconds": "soon"}}},
        {"id": "h", "type": "http", "agent_config": {"url": 7}},
        {"id": "k", "type": "condition", "condition_config": {"expression": "{{ true }}"}},
    ]
    edges = [
        {"source": "k", "target": "t", "condition": "maybe"},
        {"source": "k", "target": "h", "when": "perhaps"},
    ]
    with pytest.raises(Invalid) as caught:
        normalise(drawn(nodes, edges))
    assert [problem.pointer for problem in caught.value.problems] == [
        "/nodes/0/data/nodeType",
        "/nodes/2/data/config/seconds",
        "/nodes/3/agent_config/url",
        "/edges/0/condition",
        "/edges/1/when",
        "/nodes/1/data/value",
    ]
