from __future__ import annotations

from workflows.domain.workflow import Edge, Graph, Node, OnCancel, Workflow
from workflows.drawing.mermaid import mermaid


def test_flowchart_has_shapes_labels_loops_and_clean_up() -> None:
    body = Graph((Node("call", "http"),), ())
    nodes = (
        Node("start", "start"),
        Node("is-big", "condition", name="Is it big?"),
        Node("each", "loop", name="Each one", body=body),
        Node("end", "end"),
    )
    edges = (
        Edge("start", "is-big"),
        Edge("is-big", "each", "true"),
        Edge("is-big", "end", "false"),
        Edge("each", "end"),
    )
    clean_up = OnCancel(Graph((Node("undo", "database"),), ()), 60)

    assert mermaid(Workflow(nodes, edges, on_cancel=clean_up)) == (
        "flowchart TD\n"
        '  n1(["start"])\n'
        '  n2{"Is it big#63;"}\n'
        '  subgraph n3["Each one"]\n'
        '    n4["call"]\n'
        "  end\n"
        '  n5(["end"])\n'
        "  n1 --> n2\n"
        '  n2 -->|"true"| n3\n'
        '  n2 -->|"false"| n5\n'
        "  n3 --> n5\n"
        '  subgraph clean-up["After a cancel"]\n'
        '    n6[("undo")]\n'
        "  end\n"
    )


def test_names_are_no_part_of_the_language() -> None:
    name = '"]; click n1 call alert() %% <script>\n```end'

    lines = mermaid(Workflow((Node("end", "http", name=name),), ())).splitlines()

    assert len(lines) == 2
    assert lines[1].count('"') == 2
    assert not set(lines[1]) & set("<>`%]\n") - {"]"}
    assert lines[1].index("]") == len(lines[1]) - 1
