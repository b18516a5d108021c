"""Who may do what. Every service asks here."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal

from workflows.domain.execution import Execution
from workflows.domain.workflow import Visibility

Role = Literal["anonymous", "user", "admin"]
Tier = Literal["anonymous", "standard", "premium"]
"""How much a caller may ask for: which usage plan is theirs, and which share of the rates."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        user_id: None for an anonymous caller.
        execution_secret: What an anonymous caller got back from `execute`, if sent along.
    """

    role: Role
    user_id: str | None = None
    tier: Tier = "anonymous"
    execution_secret: str | None = None

    def with_secret(self, secret: str | None) -> Caller:
        """The same caller, who has just been given the secret of an execution."""
        return replace(self, execution_secret=secret) if secret else self

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


@dataclass(frozen=True, slots=True)
class Token:
    """What is stored of a bearer token: whose it is, never its text.

    Attributes:
        expires_at: Unix time in seconds; None for a token that does not expire.
    """

    token_hash: str
    user_id: str
    role: Role
    name: str
    created_at: str
    expires_at: int | None = None

    @staticmethod
    def key(token_hash: str) -> str:
        return f"token#{token_hash}"

    def is_valid(self, unix_time: float) -> bool:
        return self.expires_at is None or unix_time < self.expires_at

    def to_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "id": self.key(self.token_hash),
            "user_id": self.user_id,
            "role": self.role,
            "name": self.name,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
        }
        return {name: value for name, value in item.items() if value is not None}

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> Token:
        return cls(
            token_hash=item["id"].removeprefix("token#"),
            user_id=item["user_id"],
            role=item["role"],
            name=item["name"],
            created_at=item["created_at"],
            expires_at=item.get("expires_at"),
        )


def hash_secret(secret: str) -> str:
    """What is stored of a token or secret: they are random and long, so a plain SHA-256 is enough."""
    return sha256(secret.encode()).hexdigest()


def can_create_workflow(caller: Caller) -> bool:
    return caller.role != "anonymous"


def can_read_workflow(caller: Caller, owner_id: str, visibility: Visibility) -> bool:
    """Also: may execute it, and list its executions."""
    return visibility == "public" or can_change_workflow(caller, owner_id)


def can_change_workflow(caller: Caller, owner_id: str) -> bool:
    return caller.is_admin or (caller.user_id is not None and caller.user_id == owner_id)


def is_executor(caller: Caller, execution: Execution) -> bool:
    """Whether `caller` started it: by identity, or by the secret returned to an anonymous caller."""
    if execution.user_id is not None:
        return caller.user_id == execution.user_id
    return caller.execution_secret is not None and hmac.compare_digest(
        hash_secret(caller.execution_secret), execution.secret_hash
    )


def can_read_execution(caller: Caller, execution: Execution) -> bool:
    """May see that it exists, and its status."""
    return execution.visibility == "public" or can_read_data(caller, execution)


def can_read_data(caller: Caller, execution: Execution) -> bool:
    """May see inputs, outputs, errors and logs."""
    return can_change_workflow(caller, execution.owner_id) or is_executor(caller, execution)


def can_control(caller: Caller, execution: Execution) -> bool:
    """May cancel, pause, resume, retry and delete it."""
    return caller.is_admin or is_executor(caller, execution)
