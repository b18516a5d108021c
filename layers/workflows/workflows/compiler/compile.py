"""The compiler: a workflow in, its own state machine out. Pure: the same workflow gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from workflows.compiler.asl import StateMachine
from workflows.compiler.emit import emit
from workflows.compiler.measure import NO_MAPS, iteration_problems, measure
from workflows.compiler.plans import plan_workflow
from workflows.compiler.targets import Targets
from workflows.domain.errors import Invalid
from workflows.domain.workflow import Workflow


def compile_workflow(workflow: Workflow, targets: Targets) -> StateMachine:
    """Returns the state machine that executes the workflow.

    Args:
        workflow: As `normalise` returns it: valid.
        targets: Where its nodes run.
    """
    body = emit(workflow, plan_workflow(workflow), targets)
    # No name and no description: a save that changes neither nodes nor edges deploys nothing.
    machine: StateMachine = {"StartAt": body["StartAt"], "States": body["States"]}
    if workflow.timeout_seconds is not None:
        machine["TimeoutSeconds"] = workflow.timeout_seconds
    return machine


def definition_json(machine: StateMachine, iterations: Mapping[str, int] = NO_MAPS) -> str:
    """Returns the definition as Step Functions takes it: compact ASCII, keys sorted.

    Args:
        iterations: How many each of its Maps has at most, by its name.

    Raises:
        Invalid: It, or what it would write into an execution's history, is larger than Step Functions allows.
    """
    definition = json.dumps(machine, sort_keys=True, separators=(",", ":"))
    problems = measure(machine, definition, iterations).problems()
    if problems := problems + iteration_problems(machine, iterations):
        raise Invalid("; ".join(problem.detail for problem in problems), problems=tuple(problems))
    return definition
