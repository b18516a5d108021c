"""What a node function reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.executions import ExecutionStore
from workflows.adapters.gates import GateStore
from workflows.adapters.logs import LogStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import execution_store, gate_store, log_store, payload_store, workflow_store
from workflows.adapters.workflows import WorkflowStore


@dataclass(frozen=True, slots=True)
class Stores:
    workflows: WorkflowStore
    executions: ExecutionStore
    payloads: PayloadStore
    logs: LogStore
    gates: GateStore


@cache
def stores() -> Stores:
    """The stores that the environment names.

    Raises:
        MissingSetting: A variable is not set.
    """
    return Stores(workflow_store(), execution_store(), payload_store(), log_store(), gate_store())
