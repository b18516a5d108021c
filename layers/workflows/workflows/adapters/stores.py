"""The stores of this stack, each made once a process from the variables that it needs.

The module of a store is imported where it is made: a function uses few of them, and each takes time at a cold
start.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from workflows.adapters.dynamodb import Table
from workflows.adapters.environment import required

if TYPE_CHECKING:
    from workflows.adapters.counters import CounterStore
    from workflows.adapters.execution_indexes import ExecutionIndexes
    from workflows.adapters.executions import ExecutionStore
    from workflows.adapters.gates import GateStore
    from workflows.adapters.idempotency import IdempotencyStore
    from workflows.adapters.log_archives import ArchiveStore
    from workflows.adapters.logs import LogStore
    from workflows.adapters.object_store import Bucket
    from workflows.adapters.payloads import PayloadStore
    from workflows.adapters.secrets import SecretStore
    from workflows.adapters.slots import SlotStore
    from workflows.adapters.state_machines import StateMachines
    from workflows.adapters.usage_counters import UsageCounters
    from workflows.adapters.usage_keys import UsageKeys
    from workflows.adapters.users import UserStore
    from workflows.adapters.workflows import WorkflowStore


@cache
def workflow_store() -> WorkflowStore:
    from workflows.adapters.workflows import WorkflowStore

    return WorkflowStore(Table(required("WORKFLOWS_TABLE")), data_bucket())


@cache
def execution_store() -> ExecutionStore:
    from workflows.adapters.executions import ExecutionStore

    return ExecutionStore(Table(required("EXECUTIONS_TABLE")))


@cache
def execution_indexes() -> ExecutionIndexes:
    from workflows.adapters.execution_indexes import ExecutionIndexes

    return ExecutionIndexes(Table(required("EXECUTIONS_TABLE")))


@cache
def counter_store() -> CounterStore:
    from workflows.adapters.counters import CounterStore

    return CounterStore(Table(required("COUNTERS_TABLE")), Table(required("EXECUTIONS_TABLE")))


@cache
def gate_store() -> GateStore:
    from workflows.adapters.gates import GateStore

    return GateStore(Table(required("EXECUTIONS_TABLE")))


@cache
def idempotency_store() -> IdempotencyStore:
    from workflows.adapters.idempotency import IdempotencyStore

    return IdempotencyStore(Table(required("EXECUTIONS_TABLE")))


@cache
def slot_store() -> SlotStore:
    from workflows.adapters.slots import SlotStore

    return SlotStore(Table(required("EXECUTIONS_TABLE")))


@cache
def payload_store() -> PayloadStore:
    from workflows.adapters.payloads import PayloadStore

    return PayloadStore(Table(required("EXECUTIONS_TABLE")), data_bucket())


@cache
def log_store() -> LogStore:
    from workflows.adapters.logs import LogStore

    return LogStore(Table(required("LOGS_TABLE")), int(required("LOG_CHUNK_DAYS")))


@cache
def archive_store() -> ArchiveStore:
    from workflows.adapters.log_archives import ArchiveStore

    return ArchiveStore(Table(required("LOGS_TABLE")), logs_bucket())


@cache
def user_store() -> UserStore:
    from workflows.adapters.users import UserStore

    return UserStore(Table(required("ACCESS_TABLE")))


@cache
def usage_counters() -> UsageCounters:
    from workflows.adapters.usage_counters import UsageCounters

    return UsageCounters(Table(required("ACCESS_TABLE")))


@cache
def usage_keys() -> UsageKeys:
    from workflows.adapters.usage_keys import UsageKeys

    return UsageKeys(required("STACK_NAME"))


@cache
def secret_store() -> SecretStore:
    from workflows.adapters.secrets import SecretStore

    return SecretStore(required("SECRETS_PATH"))


@cache
def data_bucket() -> Bucket:
    from workflows.adapters.object_store import Bucket

    return Bucket(required("DATA_BUCKET"))


@cache
def logs_bucket() -> Bucket:
    from workflows.adapters.object_store import Bucket

    return Bucket(required("LOGS_BUCKET"))


@cache
def state_machines() -> StateMachines:
    from workflows.adapters.state_machines import StateMachines

    return StateMachines(
        prefix=required("STATE_MACHINE_PREFIX"),
        arn_prefix=required("STATE_MACHINE_ARN_PREFIX"),
        role_arn=required("STATE_MACHINE_ROLE_ARN"),
        stack_name=required("STACK_NAME"),
        are_traced=required("TRACE_STATE_MACHINES") == "true",
    )
