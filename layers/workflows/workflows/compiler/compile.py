"""The compiler: a workflow in, its own state machine out. Pure: the same workflow gives the same bytes."""

from __future__ import annotations

import json

from workflows.compiler.asl import StateMachine
from workflows.compiler.decompose import decompose
from workflows.compiler.emit import emit
from workflows.compiler.measure import measure
from workflows.compiler.order import order_of
from workflows.compiler.regions import plan_regions
from workflows.compiler.segments import fuse
from workflows.compiler.targets import Targets
from workflows.domain.errors import Invalid
from workflows.domain.workflow import Workflow


def compile_workflow(workflow: Workflow, targets: Targets) -> StateMachine:
    """Returns the state machine that executes the workflow.

    Args:
        workflow: As `normalise` returns it: valid.
        targets: Where its nodes run.
    """
    order = order_of([node.id for node in workflow.nodes], workflow.edges)
    plan = fuse(workflow, plan_regions(workflow, order, decompose(order)))
    body = emit(workflow, plan, targets)
    # No name and no description: a save that changes neither nodes nor edges deploys nothing.
    machine: StateMachine = {"StartAt": body["StartAt"], "States": body["States"]}
    if workflow.timeout_seconds is not None:
        machine["TimeoutSeconds"] = workflow.timeout_seconds
    return machine


def definition_json(machine: StateMachine) -> str:
    """Returns the definition as Step Functions takes it: compact ASCII, keys sorted.

    Raises:
        Invalid: It, or what it would write into an execution's history, is larger than Step Functions allows.
    """
    definition = json.dumps(machine, sort_keys=True, separators=(",", ":"))
    if problems := measure(machine, definition).problems():
        raise Invalid("; ".join(problem.detail for problem in problems), problems=tuple(problems))
    return definition
