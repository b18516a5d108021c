"""Brings back state machines that executions need and that are gone."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache

from workflows.adapters.executions import ExecutionStore
from workflows.adapters.stores import execution_store, workflow_store
from workflows.adapters.workflows import WorkflowStore
from workflows.compiler.normalise import normalise
from workflows.domain.execution import Execution
from workflows.services.deployment import Deployment, deployment


@dataclass(frozen=True, slots=True)
class Redeployments:
    executions: ExecutionStore
    workflows: WorkflowStore
    deployment: Deployment

    def redeploy(self, execution: Execution) -> Execution:
        """Deploy the version's state machine anew; a later compiler may give it another name.

        Raises:
            Invalid: The definition cannot be compiled any more.
            Unavailable: Step Functions refuses for now.
        """
        document = json.loads(self.workflows.definition(execution.workflow_id, execution.version))
        workflow = normalise(document)
        names = (execution.workflow_id, execution.owner_id, execution.version)
        arn = self.deployment.deploy(*names, workflow)
        clean_up_arn = self.deployment.deploy_clean_up(*names, workflow)
        redeployed = replace(execution, state_machine_arn=arn, clean_up_arn=clean_up_arn)
        self.executions.use_state_machines(redeployed)
        version = self.workflows.version(execution.workflow_id, execution.version)
        if version:
            self.workflows.replace_version(replace(version, state_machine_arn=arn, clean_up_arn=clean_up_arn))
        return redeployed


@cache
def redeployments() -> Redeployments:
    return Redeployments(execution_store(), workflow_store(), deployment())
