from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.compiler.definitions import TARGETS, document, node
from tests.unit.compiler.strategies import lower
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.measure import MAX_HISTORY_EVENTS, Measure, measure
from workflows.compiler.normalise import normalise
from workflows.domain.errors import Invalid


def measured(definition: dict[str, Any]) -> Measure:
    machine = compile_workflow(normalise(definition), TARGETS)
    return measure(machine, definition_json(machine))


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
