"""Users, as the access table holds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

UserRole = Literal["user", "admin"]
UserTier = Literal["standard", "premium"]

USER_RECORD = "user"
LISTED = "users"
"""Partition of the list of all users."""

# Those of an identity provider begin with `oidc:`, so none of them can be taken here.
ID_PATTERN = r"[a-z0-9]([a-z0-9._@+-]{0,62}[a-z0-9])?"
_ID = re.compile(ID_PATTERN)


def is_user_id(text: str) -> bool:
    """Whether a user may be called so."""
    return _ID.fullmatch(text) is not None


def user_key(user_id: str) -> str:
    """The partition of a user's records."""
    return f"user#{user_id}"


@dataclass(frozen=True, slots=True)
class User:
    """Who may use the API.

    Attributes:
        token_count: Expired ones too.
        usage_key: Value of the API key by which API Gateway meters the user; None: the tier's common one.
    """

    user_id: str
    role: UserRole
    tier: UserTier
    created_at: str
    token_count: int = 0
    usage_key: str | None = None

    def to_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "id": user_key(self.user_id),
            "record": USER_RECORD,
            "listed": LISTED,
            "user_id": self.user_id,
            "role": self.role,
            "tier": self.tier,
            "created_at": self.created_at,
            "token_count": self.token_count,
        }
        return item | ({"usage_key": self.usage_key} if self.usage_key else {})

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> User:
        return cls(
            user_id=item["user_id"],
            role=item["role"],
            tier=item["tier"],
            created_at=item["created_at"],
            token_count=item["token_count"],
            usage_key=item.get("usage_key"),
        )
