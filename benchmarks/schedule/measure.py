"""How well and how cheaply the compiler schedules a graph, beside level by level."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from benchmarks.schedule.graphs import TaskGraph
from tests.simulation.graph import graph_of
from tests.simulation.machine import simulate
from workflows.compiler.compile import compile_workflow
from workflows.compiler.normalise import normalise
from workflows.compiler.targets import SAMPLE_TARGETS

NEVER_FUSED_SECONDS = 600
"""The longest time-out of an `http` node. No two such nodes fit into one function: the most transitions."""
FUSED_SECONDS = 10

MAX_DEFINITION_BYTES = 1_048_576
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html, "Maximum definition size"."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What came out for one graph.

    Attributes:
        critical_path_seconds: The longest sum of run times along edges: no schedule is shorter.
        ours: Makespan of the compiled state machine / critical path.
        by_level: Makespan of level-by-level execution / critical path.
        transitions_per_node: Tasks and Parallels entered / nodes.
        compile_seconds: From the document to the definition's text.
    """

    name: str
    nodes: int
    critical_path_seconds: float
    ours: float
    by_level: float
    transitions_per_node: float
    by_level_transitions_per_node: float
    definition_bytes: int
    compile_seconds: float

    @property
    def is_too_large(self) -> bool:
        """Whether Step Functions would refuse the definition."""
        return self.definition_bytes > MAX_DEFINITION_BYTES


def measure(name: str, graph: TaskGraph, *, overhead_seconds: float = 0.0, fuse: bool = False) -> Measurement:
    """Compiles a graph, with an `http` node per task, and simulates its state machine.

    Args:
        name: What to call it.
        graph: Run times and edges.
        overhead_seconds: What entering a state costs, for ours and level by level.
        fuse: Whether the nodes' time-outs let one function run several.
    """
    timeout_seconds = FUSED_SECONDS if fuse else NEVER_FUSED_SECONDS
    document = document_of(graph, {"url": "https://example.com", "timeout_seconds": timeout_seconds})
    began = time.perf_counter()
    machine = compile_workflow(normalise(document), SAMPLE_TARGETS)
    # Not definition_json: what is too large is to be measured, not refused.
    definition = json.dumps(machine, sort_keys=True, separators=(",", ":"))
    compile_seconds = time.perf_counter() - began
    seconds = dict(zip((node["id"] for node in document["nodes"]), graph["runtime_seconds"], strict=True))
    report = simulate(
        machine, graph_of(document), duration_of=seconds.__getitem__, overhead_seconds=overhead_seconds
    )
    unfinished = [node_id for node_id in seconds if report.nodes[node_id].status != "completed"]
    if unfinished or len(report.finals) != 1:
        raise AssertionError(f"{name}: the state machine did not complete {unfinished or 'exactly once'}")
    nodes = len(seconds)
    critical_path = critical_path_seconds(graph)
    level_seconds, level_transitions = level_by_level(graph, overhead_seconds)
    return Measurement(
        name=name,
        nodes=nodes,
        critical_path_seconds=critical_path,
        ours=report.makespan / critical_path,
        by_level=level_seconds / critical_path,
        transitions_per_node=(report.transitions["Task"] + report.transitions["Parallel"]) / nodes,
        by_level_transitions_per_node=level_transitions / nodes,
        definition_bytes=len(definition),
        compile_seconds=compile_seconds,
    )


def document_of(graph: TaskGraph, config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the workflow document of a graph, each task an `http` node with that config."""
    return {
        "nodes": [
            {"id": f"n{i}", "type": "http", "config": dict(config)} for i in range(len(graph["parents"]))
        ],
        "edges": [
            {"source": f"n{source}", "target": f"n{target}"}
            for target, sources in enumerate(graph["parents"])
            for source in dict.fromkeys(sources)
        ],
    }


def critical_path_seconds(graph: TaskGraph) -> float:
    """Returns the longest sum of run times along edges."""
    ends: list[float] = [0.0] * len(graph["parents"])
    for task in _topological(graph):
        begins = max((ends[parent] for parent in graph["parents"][task]), default=0.0)
        ends[task] = begins + graph["runtime_seconds"][task]
    return max(ends)


def level_by_level(graph: TaskGraph, overhead_seconds: float) -> tuple[float, int]:
    """Returns makespan and transitions of a barrier after each level; one of several tasks is a Parallel."""
    levels = levels_of(graph)
    makespan = sum(
        max(graph["runtime_seconds"][task] for task in level) + overhead_seconds * (1 + (len(level) > 1))
        for level in levels
    )
    return makespan, len(graph["parents"]) + sum(len(level) > 1 for level in levels)


def levels_of(graph: TaskGraph) -> list[list[int]]:
    """Returns the tasks by how many there are before them on their longest path from a source."""
    level_of: dict[int, int] = {}
    levels: list[list[int]] = []
    for task in _topological(graph):
        level = level_of[task] = 1 + max((level_of[parent] for parent in graph["parents"][task]), default=-1)
        if level == len(levels):
            levels.append([])
        levels[level].append(task)
    return levels


def _topological(graph: TaskGraph) -> Iterator[int]:
    return iter(TopologicalSorter(dict(enumerate(graph["parents"]))).static_order())
