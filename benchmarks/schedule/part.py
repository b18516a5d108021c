"""How the compiler schedules graphs: the makespan beside the critical path, and transitions a node.

Graphs of 500 nodes like those that real pipelines of each family have, each node a task of its own; the state
machine is simulated, and a state takes no time to enter. `python -m benchmarks.schedule` measures any graph.
"""

from __future__ import annotations

from statistics import median

from benchmarks.rows import Rows
from benchmarks.schedule.graphs import FAMILIES, make_graph
from benchmarks.schedule.measure import measure as measure_graph

NODES = 500
MAX_MAKESPAN = 1.001


def measure(rows: Rows) -> None:
    """Compiles and simulates a graph of each family."""
    found = [measure_graph(family, make_graph(family, NODES, seed=0)) for family in FAMILIES]
    rows.at_most(
        "makespan / critical path, the largest", max(each.ours for each in found), MAX_MAKESPAN, "{:.3f} x"
    )
    rows.add("  level by level, the largest", f"{max(each.by_level for each in found):.3f} x")
    rows.add("  level by level, the median", f"{median(each.by_level for each in found):.3f} x")
    for each in sorted(found, key=lambda one: one.transitions_per_node):
        rows.add(f"transitions a node, {each.name}", f"{each.transitions_per_node:.3f}")
