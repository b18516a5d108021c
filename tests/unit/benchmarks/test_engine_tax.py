"""What is measured beside state machines that are written by hand, as far as it can be counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from benchmarks.engine_tax.handwritten import definition
from benchmarks.engine_tax.samples import samples
from benchmarks.schedule.graphs import TaskGraph
from benchmarks.schedule.measure import document_of, level_by_level
from workflows.compiler.compile import compile_workflow
from workflows.compiler.measure import measure
from workflows.compiler.normalise import normalise
from workflows.compiler.targets import SAMPLE_TARGETS

SAMPLES = samples()
N_SHAPE: TaskGraph = {"runtime_seconds": [0.0] * 4, "parents": [[], [], [0], [0, 1]]}


def names(machine: Mapping[str, Any]) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield name
        for branch in state.get("Branches", ()):
            yield from names(branch)


def last_nodes(graph: TaskGraph) -> int:
    awaited = {parent for parents in graph["parents"] for parent in parents}
    return len(graph["parents"]) - len(awaited)


def test_by_hand_each_level_of_several_nodes_is_a_parallel() -> None:
    machine = definition(N_SHAPE, "arn", keeps_records=False)
    assert machine["StartAt"] == "level-0"
    assert machine["States"]["level-0"]["Next"] == "level-1"
    assert list(names(machine)) == ["level-0", "node-0", "node-1", "level-1", "node-2", "node-3"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_workflow_has_no_more_states_than_what_is_written_by_hand(name: str) -> None:
    graph = SAMPLES[name]
    by_hand = len(list(names(definition(graph, "arn", keeps_records=False))))
    assert by_hand == level_by_level(graph, 0.0)[1]
    machine = compile_workflow(normalise(document_of(graph, {"url": "https://example.com"})), SAMPLE_TARGETS)
    # Where several nodes are last, a Task of its own ends the execution.
    assert measure(machine, json.dumps(machine)).transitions <= by_hand + (last_nodes(graph) > 1)
