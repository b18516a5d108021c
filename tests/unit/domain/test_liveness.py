"""Dead paths: the incremental rules against a plain evaluation of the whole graph."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.liveness import is_live, live_sources, skipped_nodes
from workflows.domain.node_record import NodeRecord
from workflows.domain.workflow import Edge, Join


def record(node_id: str, status: str = "completed", **fields: Any) -> NodeRecord:
    return NodeRecord("execution", node_id, status, **fields)  # type: ignore[arg-type]


EDGES = [Edge("a", "j"), Edge("b", "j", "true")]


def test_source_is_live() -> None:
    assert is_live("any", [], {})
    assert is_live("all", [], {})


def test_join_any_needs_one_live_edge_and_join_all_every_one() -> None:
    both = {"a": record("a"), "b": record("b", branch="true")}
    one = {"a": record("a"), "b": record("b", branch="false")}
    none = {"a": record("a", "skipped"), "b": record("b", branch="false")}
    assert [is_live("any", EDGES, records) for records in (both, one, none)] == [True, True, False]
    assert [is_live("all", EDGES, records) for records in (both, one, none)] == [True, False, False]
    assert live_sources(EDGES, one) == ("a",)


def test_predecessor_without_a_record_counts_as_skipped() -> None:
    assert not is_live("any", EDGES, {})
    assert is_live("any", EDGES, {"a": record("a")})


def test_failed_node_opens_its_error_edges_or_its_plain_ones() -> None:
    plain, error, handle = Edge("a", "x"), Edge("a", "x", "error"), Edge("a", "x", "true")
    by_edge = record("a", "failed", tolerated="error")
    by_continue = record("a", "failed", tolerated="continue")
    completed = record("a", branch="true")
    for edge, expected in (
        (plain, (False, True, True)),
        (error, (True, False, False)),
        (handle, (False, False, True)),
    ):
        assert (by_edge.opens(edge), by_continue.opens(edge), completed.opens(edge)) == expected
    assert not record("a", "failed").is_settled


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[str, Join, list[Edge]]]:
    order: list[tuple[str, Join, list[Edge]]] = []
    for number in range(draw(st.integers(1, 8))):
        sources = draw(st.sets(st.sampled_from(range(number)))) if number else set()
        edges = [
            Edge(f"n{source}", f"n{number}", draw(st.sampled_from([None, "true", "false", "error"])))
            for source in sorted(sources)
        ]
        order.append((f"n{number}", draw(st.sampled_from(["any", "all"])), edges))
    return order


@given(graphs(), st.data())
def test_skipped_nodes_are_those_a_whole_run_would_not_reach(
    order: list[tuple[str, Join, list[Edge]]], data: st.DataObject
) -> None:
    final: dict[str, NodeRecord] = {}
    for node_id, join, incoming in order:
        if is_live(join, incoming, final):
            branch = data.draw(st.sampled_from([None, "true", "false"]))
            failed = data.draw(st.booleans())
            final[node_id] = (
                record(node_id, "failed", tolerated="error") if failed else record(node_id, branch=branch)
            )
    assert skipped_nodes(order, final) == {node_id for node_id, *_ in order} - set(final)


@given(graphs(), st.integers(0, 8))
def test_nothing_is_called_skipped_before_it_is_certain(
    order: list[tuple[str, Join, list[Edge]]], known: int
) -> None:
    early = {node_id: record(node_id) for node_id, *_ in order[:known]}
    later = {node_id: record(node_id) for node_id, *_ in order}
    skipped = skipped_nodes(order, early)
    reached = {node_id: found for node_id, found in later.items() if node_id not in skipped}
    for node_id, join, incoming in order:
        assert node_id not in skipped or not is_live(join, incoming, reached)
