from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.compiler.definitions import TARGETS, document, node
from tests.unit.compiler.strategies import lower
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.maps import all_iterations
from workflows.compiler.measure import MAX_HISTORY_EVENTS, Measure, measure
from workflows.compiler.normalise import normalise
from workflows.domain.errors import Invalid


def measured(definition: dict[str, Any]) -> Measure:
    workflow = normalise(definition)
    machine, iterations = compile_workflow(workflow, TARGETS), all_iterations(workflow)
    return measure(machine, definition_json(machine, iterations), iterations)


def loop(loop_id: str, *body: dict[str, Any], **config: Any) -> dict[str, Any]:
    return {"id": loop_id, "type": "loop", "config": {**config, "body": document([*body])}}


def test_an_n_has_one_gate_at_the_end_of_a_segment() -> None:
    letters = [node(letter, "http") for letter in "abcd"]
    figures = measured(document(letters, "a c", "b c", "b d"))
    assert dict(figures.states) == {"Task": 4, "Parallel": 1}
    assert (figures.nodes, figures.segments, figures.gates, figures.gate_tasks) == (4, 3, 1, 0)
    assert (figures.transitions, figures.transitions_per_node, figures.depth) == (5, 1.25, 1)
    # Parallel 4, a with its gate 6, three more Tasks, the execution's own two.
    assert figures.history_events == 4 + 6 + 3 * 5 + 2


def test_of_two_arms_the_longer_one_counts() -> None:
    arms = [node(letter, "http", timeout_seconds=600) for letter in "xyz"]
    for other in arms:
        other["config"] = {"url": "https://example.com", "timeout_seconds": 600}
    figures = measured(document([node("A", "condition"), *arms], "A x true", "A y false", "y z"))
    assert dict(figures.states) == {"Task": 5, "Choice": 1}
    assert figures.transitions == 5


def test_depth_is_that_of_the_deepest_parallel() -> None:
    program: Any = "transform"
    for _ in range(5):
        program = ("parallel", [program, "transform"])
    assert measured(lower(program)).depth == 5


def test_too_many_history_events_are_a_problem_that_says_by_how_much() -> None:
    machine = compile_workflow(normalise(document([node("a")])), TARGETS)
    (task,) = machine["States"].values()
    assert task["Type"] == "Task"
    branch: Any = {"StartAt": "a", "States": {"a": task}}
    machine["States"]["a"] = {
        "Type": "Parallel",
        "Branches": [branch] * 5_000,
        "ResultPath": None,
        "End": True,
    }
    excess = 5 * 5_000 + 4 + 2 - MAX_HISTORY_EVENTS
    with pytest.raises(Invalid, match=rf"25006 history events, {excess} more than the 25000") as caught:
        definition_json(machine)
    assert [problem.pointer for problem in caught.value.problems] == ["/nodes", "/nodes"]
    assert len(json.dumps(machine)) > 1_048_576


def test_a_loop_counts_as_often_as_it_may_have_items() -> None:
    call = node("call", "http", retry={"max_attempts": 2})
    figures = measured(document([loop("each", call, items=[1], max_iterations=30)]))
    # The loop's Task, the Map, an item's Task each, and the Task that gathers the results.
    assert figures.transitions == 2 + 30 + 1
    assert figures.history_events == 5 + 4 + 30 * (5 + 2) + 5 + 2


def test_items_of_a_batch_count_once() -> None:
    figures = measured(document([loop("each", node("a"), items=[1], max_iterations=1_000)]))
    # As many batches as may run at once.
    assert figures.transitions == 2 + 10 + 1


def test_iterations_of_a_distributed_map_have_histories_of_their_own() -> None:
    call = node("call", "http", retry={"max_attempts": 2})
    figures = measured(document([loop("each", call, items=[1], max_iterations=10_000)]))
    assert figures.transitions == 2 + 10_000 + 1
    assert figures.history_events == 5 + 4 + 5 + 2


@pytest.mark.parametrize("after", [0, 5])
def test_a_loop_that_goes_round_counts_once_and_then_what_follows_it(after: int) -> None:
    nodes = [node(f"h{i}", "http", retry={"max_attempts": 2}) for i in range(after)]
    again = loop("l", node("call", "http"), loop_type="while", condition="{{ true }}")
    edges = [f"{a['id']} {b['id']}" for a, b in pairwise([again, *nodes])]
    # The loop's Task, its Choice, the body, the end of the turn, the Choice; then what settles it.
    assert measured(document([again, *nodes], *edges)).transitions == 5 + max(after, 1)


def test_a_few_loops_of_the_default_size_fit_into_one_workflow() -> None:
    loops = [loop(f"l{i}", node(f"d{i}", "delay"), items="{{ inputs.items }}") for i in range(4)]
    assert measured(document(loops, "l0 l1", "l1 l2", "l2 l3")).history_events < MAX_HISTORY_EVENTS
