"""`python -m workflows.compiler FILE.json` prints a workflow's state machine; with `--explain`, its figures.
`--schema` prints the JSON Schema of definitions instead.

Exit status 2, with one `pointer: detail` per line on stderr, where there is none. What is only too large is
explained all the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from workflows.compiler.asl import StateMachine
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.maps import all_iterations
from workflows.compiler.measure import Measure, measure
from workflows.compiler.normalise import normalise
from workflows.compiler.schemas import definition_schema
from workflows.compiler.targets import SAMPLE_TARGETS
from workflows.domain.errors import Invalid, Problem
from workflows.domain.payload import json_fault


def main(arguments: list[str]) -> int:
    """Compiles the file that `arguments` names, and returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.compiler", description="Prints the state machine of a workflow."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", metavar="FILE.json", nargs="?", help="the workflow's definition")
    what.add_argument("--schema", action="store_true", help="print the JSON Schema of definitions")
    parser.add_argument("--explain", action="store_true", help="print what the state machine costs instead")
    try:
        given = parser.parse_args(arguments)
    except SystemExit as exited:
        return int(exited.code or 0)
    if given.schema:
        sys.stdout.write(json.dumps(definition_schema(), indent=2) + "\n")
        return 0
    try:
        machine, iterations = _compile(given.file)
        if given.explain:
            # First the figures, then what is wrong with them.
            text = json.dumps(machine, sort_keys=True, separators=(",", ":"))
            sys.stdout.write(_table(measure(machine, text, iterations)) + "\n")
        definition = definition_json(machine, iterations)
    except Invalid as invalid:
        for problem in invalid.problems:
            sys.stderr.write(f"{problem.pointer}: {problem.detail}\n")
        return 2
    if not given.explain:
        sys.stdout.write(definition + "\n")
    return 0


def _compile(file: str) -> tuple[StateMachine, dict[str, int]]:
    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        detail = f"{file} cannot be read as JSON: {error}"
        raise _refused(detail) from error
    if fault := json_fault(document):
        raise _refused(f"{file} {fault}")
    workflow = normalise(document)
    return compile_workflow(workflow, SAMPLE_TARGETS), all_iterations(workflow)


def _refused(detail: str) -> Invalid:
    return Invalid(detail, problems=(Problem("", detail),))


def _table(figures: Measure) -> str:
    rows = {
        "nodes": figures.nodes,
        "segments (Tasks that run nodes)": figures.segments,
        "Tasks": figures.states["Task"],
        "Parallels": figures.states["Parallel"],
        "Maps": figures.states["Map"],
        "Choices": figures.states["Choice"],
        "Waits": figures.states["Wait"],
        "gates": figures.gates,
        "  at the end of a segment": figures.gates - figures.gate_tasks,
        "  a Task of their own": figures.gate_tasks,
        "transitions, all nodes live": figures.transitions,
        "Tasks and Parallels per node": f"{figures.transitions_per_node:.2f}",
        "depth (Parallels and Maps in others)": figures.depth,
        "definition, bytes": figures.definition_bytes,
        "history events, about": figures.history_events,
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:{width}}  {value:>9}" for name, value in rows.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
