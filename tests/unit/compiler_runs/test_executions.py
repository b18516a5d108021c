"""Compiled workflows, executed in random interleavings, against an oracle that knows only the graph."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.graph import Graph, Outcome, graph_of
from tests.simulation.machine import Report, simulate
from tests.simulation.oracle import expected_nodes
from tests.simulation.records import Violation
from tests.unit.compiler.definitions import TARGETS, node
from tests.unit.compiler.definitions import document as definition
from tests.unit.compiler.strategies import structured
from tests.unit.compiler_runs.strategies import (
    RETRY_SECONDS,
    Document,
    durations,
    nested,
    outcomes,
    pipelines,
    workflows,
)
from workflows.compiler.compile import compile_workflow
from workflows.compiler.normalise import normalise

WOKEN_SECONDS = 1.0
"""How long after it is told so a Task looks at what its node waits for."""

bounded = settings(max_examples=250)
documents = st.one_of(workflows(), pipelines(), structured(), nested())


def execute(
    document: Document,
    outcome_of: Mapping[str, Outcome],
    data: st.DataObject,
    *,
    seconds: Mapping[str, float] | None = None,
    crashes: int = 0,
) -> tuple[Graph, Report]:
    """Simulates a workflow with random interleavings, and random durations unless they are given."""
    machine = compile_workflow(normalise(document), TARGETS)
    seconds = seconds or data.draw(durations(document), label="seconds")
    seed = data.draw(st.integers(0, 1_000_000), label="seed")
    graph = graph_of(document)
    report = simulate(
        machine,
        graph,
        duration_of=seconds.__getitem__,
        outcome_of=outcome_of.__getitem__,
        random=Random(seed),
        crashes=crashes,
    )
    return graph, report


def check_order(graph: Graph, report: Report) -> None:
    """Asserts that each node started after its predecessors had ended."""
    for node_id, record in report.nodes.items():
        for source, _ in graph.nodes[node_id].incoming:
            if source in report.nodes:
                assert report.nodes[source].ended_at <= record.started_at, f"{node_id} before {source}"


def check_against_the_oracle(graph: Graph, report: Report, outcome_of: Mapping[str, Outcome]) -> None:
    """Asserts that what had to run ran, with its input, and nothing else; what has no record is skipped."""
    expected = expected_nodes(graph, outcome_of.__getitem__)
    assert report.status == "completed"
    assert len(report.finals) == 1
    for node_id, due in expected.items():
        record = report.nodes.get(node_id)
        status, read = (record.status, record.input) if record else ("skipped", ())
        assert (status, read) == (due.status, due.input), node_id
    check_order(graph, report)


@given(documents, st.data())
@bounded
def test_exactly_the_expected_nodes_run_once_each_with_their_input(
    document: Document, data: st.DataObject
) -> None:
    outcome_of = data.draw(outcomes(document))
    graph, report = execute(document, outcome_of, data)
    check_against_the_oracle(graph, report, outcome_of)
    for node_id, record in report.nodes.items():
        tries = 1 + outcome_of[node_id].failed_tries
        assert record.times_run == (0 if record.status == "skipped" else tries), node_id


@given(documents, st.data())
@bounded
def test_killed_functions_change_nothing_but_how_often_a_node_is_begun(
    document: Document, data: st.DataObject
) -> None:
    outcome_of = data.draw(outcomes(document))
    graph, report = execute(document, outcome_of, data, crashes=6)
    check_against_the_oracle(graph, report, outcome_of)


@given(documents, st.data())
@bounded
def test_a_fatal_failure_leaves_only_what_the_graph_allows(document: Document, data: st.DataObject) -> None:
    outcome_of = data.draw(outcomes(document, fatal=True))
    graph, report = execute(document, outcome_of, data)
    expected = expected_nodes(graph, outcome_of.__getitem__)
    fatal = {
        node_id
        for node_id, due in expected.items()
        if due.status == "failed" and not graph.nodes[node_id].tolerates(outcome_of[node_id])
    }
    assert (report.status, report.error) == (("failed", "Stopped") if fatal else ("completed", ""))
    assert not (fatal and report.finals)
    if fatal:
        # At once: nothing is tried again; but a Task may be told to look just before it is told that.
        failed = {node_id: record.ended_at for node_id, record in report.nodes.items() if record.is_fatal}
        late = WOKEN_SECONDS if any(graph.nodes[node_id].asks for node_id in failed) else 0.0
        assert min(failed.values()) <= report.makespan <= min(failed.values()) + late
    for node_id, record in report.nodes.items():
        assert (record.status == "skipped") == (expected[node_id].status == "skipped")
        assert not fatal.intersection(source for source, _ in graph.nodes[node_id].incoming)
    check_order(graph, report)


@given(documents, st.data())
@bounded
def test_a_node_starts_the_moment_its_predecessors_are_settled_and_is_tried_again_as_it_asks(
    document: Document, data: st.DataObject
) -> None:
    outcome_of = data.draw(outcomes(document))
    seconds = data.draw(durations(document), label="seconds")
    graph, report = execute(document, outcome_of, data, seconds=seconds)
    expected = expected_nodes(graph, outcome_of.__getitem__)
    settled_at: dict[str, float] = {}
    lateness: dict[str, float] = {}
    for node_id, due in expected.items():
        # What is skipped could have been as soon as its own predecessors were settled.
        sources = [source for source, _ in graph.nodes[node_id].incoming]
        ready_at = max((settled_at[source] for source in sources), default=0.0)
        latest = max((lateness[source] for source in sources), default=0.0)
        settled_at[node_id], lateness[node_id] = ready_at, latest
        if due.status != "skipped":
            record = report.nodes[node_id]
            assert ready_at <= record.started_at <= ready_at + latest, node_id
            settled_at[node_id] = record.ended_at
            # Its Task may be told to look although its function has done so just now.
            lateness[node_id] = WOKEN_SECONDS if graph.nodes[node_id].asks else 0.0
            if not (graph.nodes[node_id].sleeps or graph.nodes[node_id].asks):
                failed_tries = outcome_of[node_id].failed_tries
                delays = [RETRY_SECONDS * 2**i for i in range(failed_tries)]
                works = (1 + failed_tries) * seconds[node_id] + sum(delays)
                assert record.ended_at == record.started_at + works


def test_the_checks_find_a_dropped_edge() -> None:
    document = definition([node("a", "http"), node("b", "http"), node("c", "http")], "a c", "b c")
    dropped = {**document, "edges": document["edges"][:1]}
    machine = compile_workflow(normalise(dropped), TARGETS)
    with pytest.raises(Violation, match="c reads b, which is running"):
        simulate(machine, graph_of(document), duration_of={"a": 1, "b": 9, "c": 1}.__getitem__)
