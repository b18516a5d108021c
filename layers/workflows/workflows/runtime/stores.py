"""What a node function reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from workflows.adapters.environment import required
from workflows.adapters.stores import (
    execution_store,
    gate_store,
    log_store,
    payload_store,
    secret_store,
    workflow_store,
)
from workflows.domain.log_entry import LogLimits

if TYPE_CHECKING:
    from workflows.adapters.executions import ExecutionStore
    from workflows.adapters.gates import GateStore
    from workflows.adapters.logs import LogStore
    from workflows.adapters.payloads import PayloadStore
    from workflows.adapters.secrets import SecretStore
    from workflows.adapters.workflows import WorkflowStore


@dataclass(frozen=True, slots=True)
class Stores:
    workflows: WorkflowStore
    executions: ExecutionStore
    payloads: PayloadStore
    logs: LogStore
    log_limits: LogLimits
    gates: GateStore

    @staticmethod
    def secrets() -> SecretStore:
        """Only functions of nodes that take secrets have the variable for it."""
        return secret_store()


@cache
def stores() -> Stores:
    """The stores that the environment names.

    Raises:
        MissingSetting: A variable is not set.
    """
    limits = LogLimits(
        line_bytes=int(required("MAX_LOG_LINE_BYTES")),
        execution_bytes=int(required("MAX_LOG_BYTES_PER_EXECUTION")),
    )
    return Stores(workflow_store(), execution_store(), payload_store(), log_store(), limits, gate_store())
