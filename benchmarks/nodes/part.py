"""How cost and time grow with the nodes of a workflow, from 10 to 2,000.

Stages of nine `http` nodes side by side and a `transform` that joins them, saved, executed and read on moto.
Figures are for a node of the largest workflow, beside one of a hundred: it costs about as much.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.rows import Rows
from tests.costs.measured import Measured
from tests.costs.stack import stack
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.normalise import normalise
from workflows.compiler.targets import SAMPLE_TARGETS

SIZES = (10, 100, 500, 2_000)
MAX_GROWTH = 1.05
_COMPARED = 100
_STAGE = 10
_REPEATS = 5


@dataclass(frozen=True, slots=True)
class _Grown:
    """What was measured of a workflow.

    Attributes:
        saving: The call that saves it.
        executing: From the call that executes it to its end.
        getting: The call that shows its execution.
        bytes: Of its state machine's definition.
        compile_seconds: From the document to that definition.
    """

    nodes: int
    saving: Measured
    executing: Measured
    getting: Measured
    bytes: int
    compile_seconds: float

    def per_node(self) -> Mapping[str, float]:
        """The figures, of which each is for a node."""
        whole = {
            "executing: transitions": self.executing.transitions,
            "executing: functions": self.executing.functions,
            "executing: write units": self.executing.write_units,
            "executing: read units": self.executing.read_units,
            "saving: write units": self.saving.write_units,
            "getting: read units": self.getting.read_units,
            "definition: bytes": self.bytes,
        }
        return {name: value / self.nodes for name, value in whole.items()}


def measure(rows: Rows) -> None:
    """Saves, executes and reads a workflow of each size."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        found = {nodes: _grown(nodes) for nodes in SIZES}
    sizes = ", ".join(f"{size:,}" for size in SIZES)
    for name, compared in found[_COMPARED].per_node().items():
        figures = [each.per_node()[name] for each in found.values()]
        what = f"{name} a node, at {SIZES[-1]:,} nodes beside {_COMPARED}"
        rows.at_most(what, figures[-1] / compared, MAX_GROWTH, "{:.2f} x")
        rows.add(f"  at {sizes}", " / ".join(f"{figure:.3g}" for figure in figures))
    times = [each.compile_seconds / each.nodes for each in found.values()]
    growth = times[-1] / times[SIZES.index(_COMPARED)]
    rows.add(f"compiling: time a node, at {SIZES[-1]:,} nodes beside {_COMPARED}", f"{growth:.2f} x")
    rows.add(f"  at {sizes}", " / ".join(f"{seconds * 1e6:.0f}" for seconds in times) + " us")


def _grown(nodes: int) -> _Grown:
    document = document_of(nodes)
    seconds = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        definition = definition_json(compile_workflow(normalise(document), SAMPLE_TARGETS))
        seconds.append(time.perf_counter() - began)
    with stack() as on:
        meter = on.meter()
        with meter.measuring() as saving:
            workflow_id = meter.save(document)
        with meter.measuring() as executing:
            execution_id = meter.accept(workflow_id)
            meter.finish(execution_id)
        with meter.measuring() as getting:
            answer = meter.call("get_execution", path={"execution_id": execution_id})
    assert answer.json["status"] == "completed"
    return _Grown(nodes, saving.result, executing.result, getting.result, len(definition), median(seconds))


def document_of(count: int) -> dict[str, Any]:
    """A workflow of so many nodes, a multiple of ten."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []
    for stage in range(count // _STAGE):
        join = f"join-{stage}"
        for number in range(_STAGE - 1):
            node_id = f"fetch-{stage}-{number}"
            nodes.append({"id": node_id, "type": "http", "config": {"url": "{{ inputs.url }}1"}})
            edges.append({"source": node_id, "target": join})
            if stage:
                edges.append({"source": f"join-{stage - 1}", "target": node_id})
        nodes.append({"id": join, "type": "transform", "config": {"value": "{{ inputs.url }}"}})
    return {"nodes": nodes, "edges": edges}
