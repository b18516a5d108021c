"""Finds executions for callers who may see, or control, them."""

from __future__ import annotations

from workflows.adapters.executions import ExecutionStore
from workflows.domain.access import Caller, can_control, can_read_execution
from workflows.domain.errors import Forbidden, NotFound
from workflows.domain.execution import Execution


def readable(executions: ExecutionStore, caller: Caller, execution_id: str) -> Execution:
    """Returns an execution, read consistently.

    Raises:
        NotFound: There is none, or the caller may not know of it.
    """
    execution = executions.get(execution_id)
    if execution is None or not can_read_execution(caller, execution):
        raise NotFound(f"there is no execution {execution_id}")
    return execution


def controllable(executions: ExecutionStore, caller: Caller, execution_id: str, verb: str) -> Execution:
    """Returns an execution that the caller may `verb`.

    Raises:
        NotFound: There is none, or the caller may not know of it.
        Forbidden: Others may: who started it, and admins.
    """
    execution = readable(executions, caller, execution_id)
    if not can_control(caller, execution):
        raise Forbidden(f"only who started an execution and admins may {verb} it", execution_id=execution_id)
    return execution
