"""A graph as one writes it by hand: level by level, a bare function per node.

Where all nodes take equally long, no schedule is shorter, and none has fewer states with a node each. Where
they do not, each level waits for its slowest node: "How graphs are scheduled" measures that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.schedule.graphs import TaskGraph
from benchmarks.schedule.measure import levels_of


def definition(graph: TaskGraph, function_arn: str, *, keeps_records: bool) -> dict[str, Any]:
    """Returns the ASL of a graph.

    Args:
        function_arn: Of `node_by_hand`.
        keeps_records: Whether it makes the calls of DynamoDB that a node of ours makes.
    """
    task = {
        "Type": "Task",
        "Resource": function_arn,
        "Parameters": {"records": keeps_records},
        "ResultPath": None,
    }
    return _sequence([(f"level-{i}", _level(tasks, task)) for i, tasks in enumerate(levels_of(graph))])


def _level(tasks: Sequence[int], task: dict[str, Any]) -> dict[str, Any]:
    if len(tasks) == 1:
        return task
    branches = [_sequence([(f"node-{index}", task)]) for index in tasks]
    return {"Type": "Parallel", "Branches": branches, "ResultPath": None}


def _sequence(states: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    names = [name for name, _ in states]
    follows: list[dict[str, Any]] = [*({"Next": name} for name in names[1:]), {"End": True}]
    return {
        "StartAt": names[0],
        "States": {name: state | follow for (name, state), follow in zip(states, follows, strict=True)},
    }
