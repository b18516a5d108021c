"""Turns definitions into deployed state machines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.environment import required
from workflows.adapters.state_machines import StateMachines
from workflows.adapters.stores import state_machines
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.maps import all_iterations
from workflows.compiler.targets import Targets
from workflows.domain.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Deployment:
    machines: StateMachines
    targets: Targets

    def compile(self, workflow: Workflow) -> str:
        """The workflow's ASL.

        Raises:
            Invalid: It is larger than Step Functions allows.
        """
        return definition_json(compile_workflow(workflow, self.targets), all_iterations(workflow))

    def deploy_clean_up(self, workflow_id: str, owner_id: str, workflow: Workflow) -> str | None:
        """The same for what runs after a cancel; None where nothing does."""
        clean_up = workflow.clean_up()
        return self.deploy(workflow_id, owner_id, clean_up) if clean_up else None

    def deploy(self, workflow_id: str, owner_id: str, workflow: Workflow) -> str:
        """Make sure that the workflow's state machine is there; returns its ARN.

        Raises:
            Invalid: The compiled workflow is too large.
            Unavailable: Step Functions refuses for now.
        """
        return self.machines.deploy(workflow_id, owner_id, self.compile(workflow))


@cache
def deployment() -> Deployment:
    targets = Targets(required("NODE_FUNCTION_ARN_PREFIX"), required("ENGINE_NAMES_ERRORS") == "true")
    return Deployment(state_machines(), targets)
