"""The graphs whose tax is measured."""

from __future__ import annotations

import json

from benchmarks.schedule.graphs import TaskGraph, make_graph
from local.engine import REPOSITORY

_RECORDED = REPOSITORY.parent / "shared" / "dags"
"""Graphs of recorded runs, from WfCommons WfInstances, where somebody has put them beside the project."""

_SAMPLES = {
    "blast": ("makeflow-blast-blast-chameleon-small-001", 43),
    "nextflow": ("nextflow-sarek-dirt02-001", 26),
    "montage": ("pegasus-montage-montage-chameleon-dss-05d-001", 58),
}
"""By family: a recorded one that is in the budget, and about how many nodes it has."""


def samples() -> dict[str, TaskGraph]:
    """The graphs by name; where there are no recorded ones, made ones of the same families."""
    chain = _graph([[], *([index] for index in range(9))])
    fan_out = _graph([[], *([0] for _ in range(50)), list(range(1, 51))])
    return {
        "chain of 10": chain,
        "fan-out to 50": fan_out,
        **dict(_sample(family, *about) for family, about in _SAMPLES.items()),
    }


def _sample(family: str, name: str, nodes: int) -> tuple[str, TaskGraph]:
    path = _RECORDED / f"{name}.json"
    if path.exists():
        recorded: TaskGraph = json.loads(path.read_text())
        return f"{family}, a recorded run's {len(recorded['parents'])} nodes", recorded
    made = make_graph(family, nodes)
    return f"{family}, {len(made['parents'])} nodes like a run's", made


def _graph(parents: list[list[int]]) -> TaskGraph:
    return {"runtime_seconds": [0.0] * len(parents), "parents": parents}
