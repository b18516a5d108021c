"""Turns definitions into deployed state machines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.environment import required
from workflows.adapters.state_machines import MachineLabels, StateMachines
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

    def deploy_clean_up(
        self, workflow_id: str, owner_id: str, version: int, workflow: Workflow
    ) -> str | None:
        """The same for what runs after a cancel; None where nothing does."""
        clean_up = workflow.clean_up()
        if clean_up is None:
            return None
        comment = f"After a cancel of {_comment(workflow_id, version, workflow)}"
        labels = MachineLabels(workflow_id, owner_id, workflow.name, comment)
        return self.machines.deploy(self.compile(clean_up), labels)

    def deploy(self, workflow_id: str, owner_id: str, version: int, workflow: Workflow) -> str:
        """Make sure that the workflow's state machine is there; returns its ARN.

        Args:
            version: Of the workflow; others with the same state machine are not named in it.

        Raises:
            Invalid: The compiled workflow is too large.
            Unavailable: Step Functions refuses for now.
        """
        comment = _comment(workflow_id, version, workflow)
        labels = MachineLabels(workflow_id, owner_id, workflow.name, comment)
        return self.machines.deploy(self.compile(workflow), labels)


def _comment(workflow_id: str, version: int, workflow: Workflow) -> str:
    return f"{workflow.name} (workflow {workflow_id}), as of version {version}"


@cache
def deployment() -> Deployment:
    targets = Targets(required("NODE_FUNCTION_ARN_PREFIX"), required("ENGINE_NAMES_ERRORS") == "true")
    return Deployment(state_machines(), targets)
