"""Accepts executions and starts them."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.state_machines import StateMachineMissing
from workflows.adapters.stores import execution_store, log_store, payload_store, workflow_store
from workflows.adapters.workflows import WorkflowStore
from workflows.compiler.normalise import normalise
from workflows.domain.access import Caller, can_read_workflow, hash_secret
from workflows.domain.errors import NotFound, Unavailable
from workflows.domain.execution import Execution, ExecutionError
from workflows.domain.ids import new_id
from workflows.domain.times import now
from workflows.domain.workflow import JsonValue
from workflows.domain.workflow_record import VersionRecord
from workflows.services.deployment import Deployment, deployment


@dataclass(frozen=True, slots=True)
class Started:
    """An accepted execution.

    Attributes:
        secret: For an anonymous caller: what proves later that it was them. It is not stored.
    """

    execution: Execution
    secret: str | None


@dataclass(frozen=True, slots=True)
class Starts:
    workflows: WorkflowStore
    executions: ExecutionStore
    payloads: PayloadStore
    logs: LogStore
    deployment: Deployment

    def execute(
        self,
        caller: Caller,
        workflow_id: str,
        inputs: dict[str, JsonValue],
        labels: tuple[str, ...] = (),
        version: int | None = None,
    ) -> Started:
        """Start an execution of a workflow the caller may read.

        The record comes first, so that what was accepted is never lost; the first node makes it running.

        Args:
            version: The current one, if not given.

        Raises:
            NotFound: There is no such workflow or version, or the caller may not know of it.
            Unavailable: Step Functions refuses for now; the execution is recorded as failed.
        """
        workflow = self.workflows.current(workflow_id)
        if workflow is None or not can_read_workflow(caller, workflow.owner_id, workflow.visibility):
            raise NotFound(f"there is no workflow {workflow_id}")
        saved = self.workflows.version(workflow_id, version or workflow.version)
        if saved is None or not can_read_workflow(caller, workflow.owner_id, saved.visibility):
            raise NotFound(f"workflow {workflow_id} has no version {version}")
        execution_id = new_id()
        secret = secrets.token_urlsafe(32) if caller.user_id is None else None
        variables = {name: inputs.get(name, value) for name, value in json.loads(saved.variables).items()}
        execution = Execution(
            execution_id=execution_id,
            workflow_id=workflow_id,
            version=saved.version,
            owner_id=workflow.owner_id,
            visibility=workflow.visibility,
            status="pending",
            inputs=self.payloads.put(execution_id, "inputs", inputs),
            variables=self.payloads.put(execution_id, "variables", variables),
            started_at=now(),
            state_machine_arn=saved.state_machine_arn,
            user_id=caller.user_id,
            labels=labels,
            secret_hash=hash_secret(secret) if secret else "",
        )
        self.executions.create(execution)
        self._start(execution, saved)
        self.logs.note(execution_id, "INFO", "execution accepted", execution.started_at)
        return Started(execution, secret)

    def _start(self, execution: Execution, version: VersionRecord) -> None:
        try:
            try:
                self.deployment.machines.start(execution)
            except StateMachineMissing:
                self.deployment.machines.start(self._redeploy(execution, version))
        except (Unavailable, StateMachineMissing) as error:
            self._fail_start(execution)
            raise Unavailable(
                "the execution could not be started: try again", execution_id=execution.execution_id
            ) from error
        except Exception:
            # Whatever it was, nothing will start this execution: it must not stay pending.
            self._fail_start(execution)
            raise

    def _redeploy(self, execution: Execution, version: VersionRecord) -> Execution:
        """Deploy the version's state machine anew; a later compiler may give it another name."""
        document = json.loads(self.workflows.definition(execution.workflow_id, execution.version))
        arn = self.deployment.deploy(execution.workflow_id, execution.owner_id, normalise(document))
        self.executions.use_state_machine(execution.execution_id, arn)
        self.workflows.replace_version(replace(version, state_machine_arn=arn))
        return replace(execution, state_machine_arn=arn)

    def _fail_start(self, execution: Execution) -> None:
        error = ExecutionError("start_failed", "Step Functions did not take the execution")
        try:
            self.executions.move(
                execution.execution_id, ("pending",), "failed", error=error, completed_at=now()
            )
        except ConditionFailed:
            # It runs after all, or was cancelled: that stands.
            return


@cache
def starts() -> Starts:
    return Starts(workflow_store(), execution_store(), payload_store(), log_store(), deployment())
