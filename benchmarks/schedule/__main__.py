"""Prints how the compiler schedules graphs, beside level-by-level execution.

    python -m benchmarks.schedule graphs/*.json
    python -m benchmarks.schedule --generate montage --nodes 2000 --overhead 0.05

A file holds {"runtime_seconds": [...], "parents": [[index, ...], ...]}, one entry per task.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.schedule.graphs import FAMILIES, TaskGraph, make_graph
from benchmarks.schedule.measure import Measurement, measure
from workflows.domain.errors import Invalid

_HEADER = (
    f"{'graph':<48} {'nodes':>5} {'critical':>9} {'makespan':>8} {'by level':>8}"
    f" {'tr/node':>7} {'by level':>8} {'kB':>6} {'compile':>8}"
)


def main(arguments: Sequence[str]) -> int:
    """Measures what the arguments name, and returns the exit status."""
    options = _parser().parse_args(arguments)
    if not options.files and not options.generate:
        _parser().error("name files, or --generate a family")
    print(_HEADER)
    rows = []
    status = 0
    for name, graph in _graphs(options):
        try:
            row = measure(name, graph, overhead_seconds=options.overhead, fuse=options.fuse)
        except Invalid as invalid:
            print(f"{name[:48]:<48} {len(graph['parents']):>5} {invalid}")
            status = 1
            continue
        rows.append(row)
        print(_line(row), flush=True)
        if row.is_too_large:
            status = 1
    if len(rows) > 1:
        print(_summary("median", rows))
        print(_summary("largest", rows))
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument(
        "--generate",
        action="append",
        default=[],
        choices=[*FAMILIES, "all"],
        help="a graph of this family; repeatable",
    )
    parser.add_argument("--nodes", type=int, default=200, help="about how many a generated graph has")
    parser.add_argument("--seed", type=int, default=0, help="of the generated run times")
    parser.add_argument("--overhead", type=float, default=0.0, help="seconds that entering a state costs")
    parser.add_argument("--fuse", action="store_true", help="short time-outs: one function may run several")
    return parser


def _graphs(options: argparse.Namespace) -> Iterator[tuple[str, TaskGraph]]:
    for file in options.files:
        yield file.stem, json.loads(file.read_text(encoding="utf-8"))
    families = list(FAMILIES) if "all" in options.generate else options.generate
    for family in families:
        yield f"{family} ({options.nodes})", make_graph(family, options.nodes, options.seed)


def _line(row: Measurement) -> str:
    return (
        f"{row.name[:48]:<48} {row.nodes:>5} {row.critical_path_seconds:>8.1f}s {row.ours:>8.3f}"
        f" {row.by_level:>8.3f} {row.transitions_per_node:>7.3f} {row.by_level_transitions_per_node:>8.3f}"
        f" {row.definition_bytes / 1000:>6.0f} {row.compile_seconds * 1000:>6.0f}ms"
        f"{'  too large' if row.is_too_large else ''}"
    )


def _summary(title: str, rows: Sequence[Measurement]) -> str:
    pick = median if title == "median" else max
    ours, by_level = pick([row.ours for row in rows]), pick([row.by_level for row in rows])
    transitions = pick([row.transitions_per_node for row in rows])
    level_transitions = pick([row.by_level_transitions_per_node for row in rows])
    return f"{title:<64} {ours:>8.3f} {by_level:>8.3f} {transitions:>7.3f} {level_transitions:>8.3f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
