"""`python -m workflows.compiler FILE.json` prints a workflow's state machine.

Exit status 2, with one `pointer: detail` per line on stderr, where there is none.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.normalise import normalise
from workflows.compiler.targets import SAMPLE_TARGETS
from workflows.domain.errors import Invalid, Problem


def main(arguments: list[str]) -> int:
    """Compiles the file that `arguments` names, and returns the exit status."""
    try:
        definition = _compile(arguments)
    except Invalid as invalid:
        for problem in invalid.problems:
            sys.stderr.write(f"{problem.pointer}: {problem.detail}\n")
        return 2
    sys.stdout.write(definition + "\n")
    return 0


def _compile(arguments: list[str]) -> str:
    if len(arguments) != 1:
        raise _invalid("usage: python -m workflows.compiler FILE.json")
    try:
        document = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _invalid(f"{arguments[0]} cannot be read as JSON: {error}") from error
    return definition_json(compile_workflow(normalise(document), SAMPLE_TARGETS))


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, problems=(Problem("", detail),))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
