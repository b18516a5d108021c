"""The simulation's rules of liveness against those that the runtime guard goes by."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.graph import graph_of
from tests.simulation.oracle import expected_nodes
from tests.unit.compiler_runs.strategies import Document, nested, outcomes, workflows
from workflows.compiler.normalise import normalise
from workflows.compiler.specs import node_specs
from workflows.domain.liveness import is_live, live_sources
from workflows.domain.node_record import NodeRecord, Tolerated


@given(st.one_of(workflows(), nested()), st.data())
@settings(max_examples=200)
def test_guard_and_simulation_agree_on_every_node(document: Document, data: st.DataObject) -> None:
    outcome_of = data.draw(outcomes(document))
    expected = expected_nodes(graph_of(document), outcome_of.__getitem__)
    specs = node_specs(normalise(document))
    records = {}
    for spec in specs:
        status = expected[spec.node.id].status
        tolerated: Tolerated = "error" if "error" in spec.handles else "continue"
        records[spec.node.id] = NodeRecord(
            "execution",
            spec.node.id,
            status,
            branch=outcome_of[spec.node.id].branch or None,
            tolerated=tolerated if status == "failed" else None,
        )
    for spec in specs:
        due = expected[spec.node.id]
        assert is_live(spec.node.join, spec.incoming, records) == (due.status != "skipped")
        if due.status != "skipped":
            assert live_sources(spec.incoming, records) == due.input
