"""Finds what callers ask for, if they may see or control it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.domain.access import OIDC_PREFIX, Caller, require_control, require_execution
from workflows.domain.errors import NotFound

if TYPE_CHECKING:
    from workflows.adapters.executions import ExecutionStore
    from workflows.domain.execution import Execution


def readable(executions: ExecutionStore, caller: Caller, execution_id: str) -> Execution:
    """Returns an execution, read consistently.

    Raises:
        NotFound: There is none, or the caller may not know of it.
    """
    return require_execution(caller, execution_id, executions.get(execution_id))


def controllable(executions: ExecutionStore, caller: Caller, execution_id: str, verb: str) -> Execution:
    """Returns an execution that the caller may `verb`.

    Raises:
        NotFound: There is none, or the caller may not know of it.
        Forbidden: Others may: who started it, and admins.
    """
    execution = readable(executions, caller, execution_id)
    require_control(caller, execution, verb)
    return execution


def no_user(user_id: str) -> NotFound:
    """What to raise where no such user is kept."""
    if user_id.startswith(OIDC_PREFIX):
        return NotFound("users of the identity provider are not kept here: their tokens come from there")
    return NotFound(f"there is no user {user_id}")
