"""Bearer tokens: as their users have them, and as the access table holds them."""

from __future__ import annotations

import re
import secrets
from base64 import b32decode, b32encode
from dataclasses import dataclass
from typing import Any

from workflows.domain.access import hash_secret
from workflows.domain.user import user_key

MAX_TOKENS = 50
"""Of one user: they are deleted with the user, in one transaction."""

_PREFIX = "token#"
_ID = re.compile(r"[0-9a-f]{16}")
# The user in base32, whose alphabet has no separator; the whole can be selected by a double click.
_TEXT = re.compile(r"wfe_([a-z2-7]{2,103})_([0-9a-f]{16})_([0-9a-f]{64})")
_ANY_TOKEN = re.compile(r"wfe_[A-Za-z0-9_]{16,}|[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*")
"""Ours, and what could be a JWT."""


def is_token_id(text: str) -> bool:
    """Whether `text` could be the id of a token."""
    return _ID.fullmatch(text) is not None


def token_record(token_id: str) -> str:
    return f"{_PREFIX}{token_id}"


def hide_tokens(text: str) -> str:
    """A text that callers sent, without the bearer tokens that they have put into it by mistake."""
    return _ANY_TOKEN.sub("***", text)


@dataclass(frozen=True, slots=True)
class Token:
    """What is stored of a bearer token: never its text.

    Attributes:
        secret_hash: Of the secret part of its text.
        valid_until: When it expires; None: never. By `expires_at` DynamoDB would delete it, and not count.
        last_used_on: The last day (UTC) on which it was used, `2026-02-23`; None: it never was.
    """

    token_id: str
    user_id: str
    name: str
    secret_hash: str
    created_at: str
    valid_until: str | None = None
    last_used_on: str | None = None

    def is_valid(self, at: str) -> bool:
        return self.valid_until is None or at < self.valid_until

    def to_item(self) -> dict[str, Any]:
        item = {
            "id": user_key(self.user_id),
            "record": token_record(self.token_id),
            "token_id": self.token_id,
            "user_id": self.user_id,
            "name": self.name,
            "secret_hash": self.secret_hash,
            "created_at": self.created_at,
            "valid_until": self.valid_until,
            "last_used_on": self.last_used_on,
        }
        return {name: value for name, value in item.items() if value is not None}

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> Token:
        return cls(
            token_id=item["token_id"],
            user_id=item["user_id"],
            name=item["name"],
            secret_hash=item["secret_hash"],
            created_at=item["created_at"],
            valid_until=item.get("valid_until"),
            last_used_on=item.get("last_used_on"),
        )


@dataclass(frozen=True, slots=True)
class TokenText:
    """A bearer token as its user has it: `wfe_<user>_<token id>_<secret>`.

    It says whose it is, so that one read finds it; secret scanners know it by how it begins.
    """

    user_id: str
    token_id: str
    secret: str

    @classmethod
    def new(cls, user_id: str) -> TokenText:
        return cls(user_id, secrets.token_hex(8), secrets.token_hex(32))

    @classmethod
    def parse(cls, text: str) -> TokenText | None:
        """The parts of a text; None if it is none of ours."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        try:
            user_id = b32decode(_padded(match[1].upper())).decode()
        except ValueError:
            return None
        return cls(user_id, match[2], match[3])

    def __str__(self) -> str:
        user = b32encode(self.user_id.encode()).decode().rstrip("=").lower()
        return f"wfe_{user}_{self.token_id}_{self.secret}"

    def __repr__(self) -> str:
        return f"TokenText({self.user_id!r}, {self.token_id!r}, ***)"

    def to_token(self, name: str, created_at: str, valid_until: str | None = None) -> Token:
        """What is stored of it."""
        return Token(self.token_id, self.user_id, name, hash_secret(self.secret), created_at, valid_until)


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 8)
