from __future__ import annotations

from itertools import combinations, count, pairwise

import pytest
from hypothesis import given, settings

from tests.unit.drawing.graphs import large, workflows
from workflows.domain.workflow import Edge, Node, Workflow
from workflows.drawing.lines import Label, Line
from workflows.drawing.pictures import Box, Picture, picture_of


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.bottom
        and other.y < one.bottom
    )


def is_within(inner: Box, outer: Box) -> bool:
    return (
        outer.x <= inner.x
        and inner.x + inner.width <= outer.x + outer.width
        and outer.y <= inner.y
        and inner.bottom <= outer.bottom
    )


def around(box: Box, boxes: dict[str, Box]) -> set[str]:
    """The loops that a box is in."""
    found = set()
    while box.parent is not None:
        found.add(box.parent)
        box = boxes[box.parent]
    return found


def check(picture: Picture) -> None:
    boxes = {box.node.id: box for box in picture.boxes}
    for one, other in combinations(picture.boxes, 2):
        if one.node.id in around(other, boxes):
            assert is_within(other, one)
        else:
            assert not overlap(one, other), (one, other)
    for box in picture.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= picture.width
        assert box.bottom <= picture.height
    for line in picture.lines:
        check_line(line, boxes)


def check_line(line: Line, boxes: dict[str, Box]) -> None:
    source, target = boxes[line.edge.source], boxes[line.edge.target]
    assert line.points[0][1] == source.bottom
    assert line.points[-1][1] == target.y
    assert source.x < line.points[0][0] < source.x + source.width
    assert target.x < line.points[-1][0] < target.x + target.width
    assert all(upper[1] <= lower[1] for upper, lower in pairwise(line.points)), "it goes down"
    # Where it passes a layer it is upright, and between the nodes there.
    beside = [box for box in boxes.values() if box.parent == source.parent]
    for station in line.stations[1:-1]:
        for box in beside:
            is_beside = not box.x < station.x < box.x + box.width
            assert is_beside or box.bottom <= station.top or station.bottom <= box.y, (line, box)


@given(workflows())
@settings(max_examples=150)
def test_boxes_are_apart_within_bounds_and_lines_go_down_between_them(workflow: Workflow) -> None:
    picture = picture_of(workflow)

    check(picture)
    drawn = {box.node.id for box in picture.boxes} - {"clean-up"}
    clean_up = workflow.on_cancel.graph.all_nodes() if workflow.on_cancel else ()
    assert drawn == {node.id for node in (*workflow.all_nodes(), *clean_up)}


@given(workflows())
@settings(max_examples=30)
def test_picture_is_the_same_each_time(workflow: Workflow) -> None:
    assert picture_of(workflow) == picture_of(workflow)


def test_chain_is_a_straight_line() -> None:
    nodes = tuple(Node(f"n{number}", "transform") for number in range(9))
    edges = tuple(Edge(one.id, other.id) for one, other in pairwise(nodes))

    picture = picture_of(Workflow(nodes, edges))

    assert {x for line in picture.lines for x, _ in line.points} == {picture.boxes[0].centre}


def test_labels_of_a_node_are_side_by_side() -> None:
    nodes = (Node("a", "switch"), *(Node(f"n{number}", "transform") for number in range(5)))
    edges = tuple(Edge("a", f"n{number}", f"case {number}") for number in range(5))

    labels = [line.label for line in picture_of(Workflow(nodes, edges)).lines if line.label]

    assert len(labels) == 5
    assert not any(one.meets(other) for one, other in combinations(labels, 2))


def test_each_label_is_looked_at_with_those_near_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = count()
    meets = Label.meets

    def counted(one: Label, other: Label) -> bool:
        next(looks)
        return meets(one, other)

    monkeypatch.setattr(Label, "meets", counted)
    pairs = [(Node(f"a{number}", "switch"), Node(f"b{number}", "transform")) for number in range(20)]
    edges = tuple(Edge(a.id, b.id, f"case {number}") for a, b in pairs for number in range(100))

    picture = picture_of(Workflow(tuple(node for pair in pairs for node in pair), edges))

    assert all(line.label for line in picture.lines)
    assert next(looks) < 200 * len(edges)


def test_side_by_side_nodes_are_not_one_long_row() -> None:
    nodes = (Node("a", "start"), *(Node(f"n{number}", "http") for number in range(100)))
    edges = tuple(Edge("a", f"n{number}") for number in range(100))

    picture = picture_of(Workflow(nodes, edges))

    assert picture.width < 50 * picture.boxes[0].width


@pytest.mark.parametrize(("nodes", "edges"), [(200, 400), (2_000, 20_000)])
def test_large_graphs_have_all_lines_and_no_box_on_another(nodes: int, edges: int) -> None:
    picture = picture_of(large(nodes, edges, seed=1))

    assert (len(picture.boxes), len(picture.lines)) == (nodes, edges)
    rows: dict[float, list[Box]] = {}
    for box in picture.boxes:
        rows.setdefault(box.y, []).append(box)
    for row in rows.values():
        row.sort(key=lambda box: box.x)
        assert all(left.x + left.width <= right.x for left, right in pairwise(row))
