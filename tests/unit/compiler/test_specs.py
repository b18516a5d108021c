from __future__ import annotations

from tests.unit.compiler.definitions import document, node
from workflows.compiler.normalise import normalise
from workflows.compiler.specs import node_specs, result_nodes
from workflows.domain.workflow import Edge


def test_a_spec_holds_all_declared_edges_though_implied() -> None:
    workflow = normalise(
        document([node("a", "condition"), node("b"), node("c")], "a b true", "b c", "a c error")
    )
    a, b, c = node_specs(workflow)
    assert (a.incoming, b.incoming) == ((), (Edge("a", "b", "true"),))
    assert c.incoming == (Edge("b", "c"), Edge("a", "c", "error"))
    assert a.handles == {"true", "error"}
    assert b.handles == c.handles == frozenset()


def test_reads_are_the_nodes_named_or_all_ancestors_where_unclear() -> None:
    named = node("c", config={"value": ["{{ nodes.b.output }}", "{{ nodes.a.output }} {{ input }}"]})
    unclear = node("d", config={"value": "{{ $keys(nodes) }}"})
    workflow = normalise(
        document([node("a"), node("b"), named, unclear, node("x")], "a b", "b c", "c d", "a x")
    )
    assert [spec.reads for spec in node_specs(workflow)] == [(), (), ("a", "b"), ("a", "b", "c"), ()]


def test_the_result_is_of_the_ends_or_of_the_last_nodes() -> None:
    nodes = [node("a"), node("b"), node("c")]
    assert result_nodes(normalise(document(nodes, "a b"))) == ("b", "c")
    ended = document([node("a"), node("z", "end"), node("b"), node("y", "end")], "a z", "a b", "a y")
    assert result_nodes(normalise(ended)) == ("z", "y")
