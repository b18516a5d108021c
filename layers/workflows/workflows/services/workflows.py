"""Reads and deletes workflows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import workflow_store
from workflows.adapters.workflows import WorkflowStore
from workflows.domain.access import Caller, require_own_workflow, require_workflow
from workflows.domain.errors import NotFound
from workflows.domain.times import now
from workflows.domain.workflow_record import WorkflowRecord


@dataclass(frozen=True, slots=True)
class Workflows:
    store: WorkflowStore

    def get(self, caller: Caller, workflow_id: str) -> tuple[WorkflowRecord, str]:
        """A workflow, and the JSON text of its current definition as it was saved.

        Raises:
            NotFound: There is none, or the caller may not know of it.
        """
        record = require_workflow(caller, workflow_id, self.store.current(workflow_id))
        return record, self.store.definition(workflow_id, record.version)

    def delete(self, caller: Caller, workflow_id: str) -> None:
        """Delete a workflow. Executions that have started go on, and stay readable.

        Raises:
            NotFound, Forbidden: As the caller may see it.
        """
        record = require_own_workflow(caller, workflow_id, self.store.current(workflow_id), "delete")
        try:
            self.store.delete(record, now())
        except ConditionFailed as error:
            raise NotFound(f"there is no workflow {workflow_id}") from error


@cache
def workflows() -> Workflows:
    return Workflows(workflow_store())
