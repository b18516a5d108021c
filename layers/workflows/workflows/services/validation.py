"""Validates definitions without saving them."""

from __future__ import annotations

from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.maps import all_iterations
from workflows.compiler.normalise import normalise
from workflows.compiler.targets import SAMPLE_TARGETS
from workflows.domain.errors import Invalid, Problem
from workflows.domain.workflow import JsonValue


def validate(document: JsonValue) -> tuple[Problem, ...]:
    """All that is wrong with a definition; nothing if it could be saved."""
    try:
        workflow = normalise(document)
        for part in (workflow, workflow.clean_up()):
            if part:
                definition_json(compile_workflow(part, SAMPLE_TARGETS), all_iterations(part))
    except Invalid as error:
        return error.problems
    return ()
