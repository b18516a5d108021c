"""The emitted ASL against an oracle that knows only the graph."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.compiler.definitions import TARGETS
from tests.unit.compiler.interpreter import Execution, all_nodes, all_states
from tests.unit.compiler.oracle import ancestors_of, live_nodes
from tests.unit.compiler.strategies import graphs, structured
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.normalise import normalise

bounded = settings(max_examples=150)


def execute(document: dict[str, Any], data: st.DataObject) -> tuple[Execution, set[str]]:
    """Runs a workflow with random outcomes, and returns the execution and the nodes that had to run."""
    handles = {"condition": ["true", "false"], "switch": ["a", "b", ""], "approval": ["approved", "rejected"]}
    chosen = {
        node["id"]: data.draw(st.sampled_from(handles[node["type"]]), label=node["id"])
        for node in document["nodes"]
        if node["type"] in handles
    }
    live = live_nodes(document, chosen)
    machine = compile_workflow(normalise(document), TARGETS)
    execution = Execution(machine, lambda node_id: chosen[node_id] if node_id in live else "")
    return execution, live


@given(graphs())
@bounded
def test_every_node_has_one_task_and_every_state_one_name(document: dict[str, Any]) -> None:
    machine = compile_workflow(normalise(document), TARGETS)
    assert Counter(all_nodes(machine)) == Counter(node["id"] for node in document["nodes"])
    names = Counter(name for name, _ in all_states(machine))
    assert max(names.values()) == 1
    assert all(len(name) <= 80 for name in names)


@given(st.one_of(graphs(), structured()), st.data())
@bounded
def test_a_node_begins_after_all_its_ancestors_that_run_and_after_nothing_else(
    document: dict[str, Any], data: st.DataObject
) -> None:
    execution, live = execute(document, data)
    ran = set(execution.known_before)
    assert ran >= live
    for node_id, ancestors in ancestors_of(document).items():
        if node_id in ran:
            assert execution.known_before[node_id] == ancestors & ran


@given(structured(), st.data())
@bounded
def test_no_task_of_a_dead_side_runs_in_a_structured_workflow(
    document: dict[str, Any], data: st.DataObject
) -> None:
    execution, live = execute(document, data)
    assert set(execution.known_before) == live


@given(st.one_of(graphs(), structured()), st.data())
@bounded
def test_one_final_task_comes_last_whatever_happens(document: dict[str, Any], data: st.DataObject) -> None:
    execution, _ = execute(document, data)
    assert execution.finals == [frozenset(execution.known_before)]


@given(graphs(), st.randoms(use_true_random=False))
@bounded
def test_the_same_workflow_gives_the_same_bytes(document: dict[str, Any], random: Any) -> None:
    keys_reordered = {key: document[key] for key in random.sample(sorted(document), len(document))}
    keys_reordered["nodes"] = [dict(reversed(node.items())) for node in document["nodes"]]
    first, second = (
        definition_json(compile_workflow(normalise(doc), TARGETS)) for doc in (document, keys_reordered)
    )
    assert first == second
