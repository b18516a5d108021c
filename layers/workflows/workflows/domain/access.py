"""Who may do what. Every service asks here; each refusal says why.

A `require_*` raises what the caller gets. `Unauthenticated`: a token would help. `NotFound`: the caller may
not even know of it. `Forbidden`: others may.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from workflows.domain.errors import Forbidden, NotFound, Unauthenticated
from workflows.domain.execution import Execution
from workflows.domain.workflow import Visibility
from workflows.domain.workflow_record import WorkflowRecord

Role = Literal["anonymous", "user", "admin"]
Tier = Literal["anonymous", "standard", "premium"]
"""How much a caller may ask for: which usage plan is theirs, and which share of the rates."""

OIDC_PREFIX = "oidc:"
"""Begins the ids of an identity provider's users; no user who is made here has such an id."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        user_id: None for an anonymous caller.
        address: The IP address that the request came from.
        execution_secret: What an anonymous caller got back from `execute`, if sent along.
    """

    role: Role
    user_id: str | None = None
    tier: Tier = "anonymous"
    address: str = ""
    execution_secret: str | None = None

    def with_secret(self, secret: str | None) -> Caller:
        """The same caller, who has just been given the secret of an execution."""
        return replace(self, execution_secret=secret) if secret else self

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


def hash_secret(secret: str) -> str:
    """What is stored of a token or secret: they are random and long, so a plain SHA-256 is enough."""
    return sha256(secret.encode()).hexdigest()


def matches_hash(given: str, stored_hash: str) -> bool:
    """Whether `given` is what the hash was made of; takes as long either way."""
    return hmac.compare_digest(hash_secret(given), stored_hash)


def require_user(caller: Caller, what: str) -> str:
    """The caller's user id.

    Args:
        what: What anonymous callers cannot do, as the beginning of a sentence.

    Raises:
        Unauthenticated: The caller is anonymous.
    """
    if caller.user_id is None:
        raise Unauthenticated(f"{what} needs a bearer token")
    return caller.user_id


def has_owner_rights(caller: Caller, owner_id: str) -> bool:
    """Whether the caller has an owner's rights: the owner, and admins."""
    return caller.is_admin or (caller.user_id is not None and caller.user_id == owner_id)


def can_read_version(caller: Caller, owner_id: str, visibility: Visibility) -> bool:
    """Whether the caller may read, and execute, a version of that visibility."""
    return visibility == "public" or has_owner_rights(caller, owner_id)


def require_workflow(caller: Caller, workflow_id: str, found: WorkflowRecord | None) -> WorkflowRecord:
    """The workflow that was found, which the caller may read and execute, and whose executions list.

    Raises:
        NotFound: There is none, or the caller may not know of it.
    """
    if found is None or not can_read_version(caller, found.owner_id, found.visibility):
        raise NotFound(f"there is no workflow {workflow_id}")
    return found


def require_own_workflow(
    caller: Caller, workflow_id: str, found: WorkflowRecord | None, verb: str
) -> WorkflowRecord:
    """The workflow that was found, which the caller may `verb`.

    Raises:
        NotFound: As for `require_workflow`.
        Unauthenticated: The caller is anonymous.
        Forbidden: Its owner and admins may.
    """
    workflow = require_workflow(caller, workflow_id, found)
    if not has_owner_rights(caller, workflow.owner_id):
        raise _refusal(caller, f"only its owner and admins may {verb} a workflow")
    return workflow


def is_executor(caller: Caller, execution: Execution) -> bool:
    """Whether `caller` started it: by identity, or by the secret returned to an anonymous caller."""
    if execution.user_id is not None:
        return caller.user_id == execution.user_id
    return caller.execution_secret is not None and matches_hash(
        caller.execution_secret, execution.secret_hash
    )


def can_read_data(caller: Caller, execution: Execution) -> bool:
    """Whether the caller may see inputs, outputs, errors and logs."""
    return has_owner_rights(caller, execution.owner_id) or is_executor(caller, execution)


def require_execution(caller: Caller, execution_id: str, found: Execution | None) -> Execution:
    """The execution that was found, of which the caller may see that it exists, and its status.

    Raises:
        NotFound: There is none, or the caller may not know of it.
    """
    if found is None or not (found.visibility == "public" or can_read_data(caller, found)):
        raise NotFound(f"there is no execution {execution_id}")
    return found


def require_data(caller: Caller, execution: Execution, verb: str) -> None:
    """Let those `verb` who may see an execution's data.

    Raises:
        Forbidden: The caller may not see it.
    """
    if not can_read_data(caller, execution):
        raise Forbidden(
            f"only who started an execution, its workflow's owner and admins may {verb}",
            execution_id=execution.execution_id,
        )


def require_approver(caller: Caller, execution: Execution, approvers: Collection[str]) -> str:
    """The user id of a caller who may answer an approval.

    Args:
        approvers: The users who may; none: those who may see the execution's data.

    Raises:
        Unauthenticated: The caller is anonymous.
        Forbidden: Others may answer.
    """
    user_id = require_user(caller, "answering an approval")
    may = user_id in approvers if approvers else can_read_data(caller, execution)
    if not (may or caller.is_admin):
        who = "its approvers" if approvers else "who started the execution, its workflow's owner"
        raise Forbidden(f"only {who} and admins may answer", execution_id=execution.execution_id)
    return user_id


def require_control(caller: Caller, execution: Execution, verb: str) -> None:
    """Let those `verb` an execution who may: cancel, pause, resume, retry or delete it.

    Raises:
        Forbidden: The caller neither started it nor is an admin.
    """
    if not (caller.is_admin or is_executor(caller, execution)):
        raise Forbidden(
            f"only who started an execution and admins may {verb} it", execution_id=execution.execution_id
        )


def require_executions_of(caller: Caller, user_id: str) -> None:
    """Let users list what they have started, and admins what anybody has.

    Raises:
        Forbidden: It is another user's.
    """
    if not caller.is_admin and user_id != caller.user_id:
        raise Forbidden("only admins may list another user's executions")


def require_admin(caller: Caller, verb: str) -> None:
    """Let admins `verb`.

    Raises:
        Unauthenticated: The caller is anonymous.
        Forbidden: The caller is no admin.
    """
    if not caller.is_admin:
        raise _refusal(caller, f"only admins may {verb}")


def require_user_or_admin(caller: Caller, user_id: str, verb: str) -> None:
    """Let a user and admins `verb`.

    Raises:
        Unauthenticated: The caller is anonymous.
        Forbidden: The caller is neither that user nor an admin.
    """
    if caller.user_id != user_id and not caller.is_admin:
        raise _refusal(caller, f"only that user and admins may {verb}")


def _refusal(caller: Caller, reason: str) -> Forbidden | Unauthenticated:
    return Unauthenticated(reason) if caller.user_id is None else Forbidden(reason)
