"""Saves definitions as workflows and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import workflow_store
from workflows.adapters.workflow_scopes import workflows_of_user
from workflows.adapters.workflows import WorkflowStore
from workflows.compiler.normalise import normalise
from workflows.compiler.specs import node_specs, result_nodes
from workflows.domain.access import Caller, require_own_workflow, require_user
from workflows.domain.errors import Conflict, LimitReached
from workflows.domain.ids import new_id
from workflows.domain.payload import encode
from workflows.domain.times import now
from workflows.domain.workflow import JsonValue, Workflow
from workflows.domain.workflow_record import VersionRecord, WorkflowRecord
from workflows.services.deployment import Deployment, deployment
from workflows.services.quotas import workflow_limit


@dataclass(frozen=True, slots=True)
class Definitions:
    store: WorkflowStore
    deployment: Deployment

    def create(self, caller: Caller, document: JsonValue) -> WorkflowRecord:
        """Save a definition as a new workflow of the caller's.

        Raises:
            Unauthenticated: Anonymous callers own nothing.
            Invalid: With every problem of the definition.
            LimitReached: The caller has as many workflows as they may.
        """
        owner_id = require_user(caller, "saving a workflow")
        workflow = normalise(document)
        limit = workflow_limit(caller)
        # Lest a state machine is made for nothing: what decides is the condition of the last write.
        if self.store.count_all(workflows_of_user(owner_id)) >= limit:
            raise _full(limit)
        workflow_id, created_at = new_id(), now()
        self._save_version(workflow_id, owner_id, 1, workflow, document, created_at)
        record = WorkflowRecord(
            workflow_id=workflow_id,
            owner_id=owner_id,
            name=workflow.name,
            description=workflow.description,
            visibility=workflow.visibility,
            version=1,
            created_at=created_at,
            updated_at=created_at,
        )
        if not self.store.create(record, limit):
            raise _full(limit)
        return record

    def update(self, caller: Caller, workflow_id: str, document: JsonValue) -> WorkflowRecord:
        """Save a definition as a further version of a workflow, and make it the current one.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            Invalid: With every problem of the definition.
            Conflict: A later version was saved meanwhile; this one is kept, but is not current.
        """
        current = require_own_workflow(caller, workflow_id, self.store.current(workflow_id), "change")
        workflow = normalise(document)
        updated_at = now()
        try:
            version = self.store.next_version(workflow_id)
            self._save_version(workflow_id, current.owner_id, version, workflow, document, updated_at)
            return self.store.publish(
                WorkflowRecord(
                    workflow_id=workflow_id,
                    owner_id=current.owner_id,
                    name=workflow.name,
                    description=workflow.description,
                    visibility=workflow.visibility,
                    version=version,
                    created_at=current.created_at,
                    updated_at=updated_at,
                )
            )
        except ConditionFailed as error:
            raise Conflict("the workflow was changed or deleted meanwhile") from error

    def _save_version(
        self,
        workflow_id: str,
        owner_id: str,
        version: int,
        workflow: Workflow,
        document: JsonValue,
        created_at: str,
    ) -> None:
        arn = self.deployment.deploy(workflow_id, owner_id, version, workflow)
        clean_up = workflow.clean_up()
        record = VersionRecord(
            workflow_id=workflow_id,
            version=version,
            visibility=workflow.visibility,
            state_machine_arn=arn,
            variables=encode(workflow.variables),
            created_at=created_at,
            inputs_schema=None if workflow.inputs_schema is None else encode(workflow.inputs_schema),
            timeout_seconds=workflow.timeout_seconds,
            max_concurrent_executions=workflow.max_concurrent_executions,
            clean_up_arn=self.deployment.deploy_clean_up(workflow_id, owner_id, version, workflow),
            clean_up_seconds=clean_up.timeout_seconds if clean_up else None,
        )
        self.store.save_version(
            record,
            encode(document),
            node_specs(workflow),
            result_nodes(workflow),
            node_specs(clean_up, before=workflow.nodes) if clean_up else (),
        )


def _full(limit: int) -> LimitReached:
    return LimitReached(f"you have {limit} workflows, as many as you may: delete one first")


@cache
def definitions() -> Definitions:
    return Definitions(workflow_store(), deployment())
