"""Users, their tokens and secrets as callers get them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import WithJsonSchema

from workflows.domain.user import UserRole, UserTier
from workflows.http.answer import Absent, Answer, Time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.domain.token import Token
    from workflows.domain.user import User
    from workflows.services.secrets import SetSecret
    from workflows.services.tokens import NewToken
    from workflows.services.users import UserPage

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]


class TokenAnswer(Answer):
    """`token` is its text, in the answer to its making alone."""

    token_id: str
    name: str
    created_at: Time
    expires_at: Time | None
    last_used_on: Day | None
    token: str | Absent = None

    @classmethod
    def of(cls, token: Token) -> TokenAnswer:
        return cls(
            token_id=token.token_id,
            name=token.name,
            created_at=token.created_at,
            expires_at=token.valid_until,
            last_used_on=token.last_used_on,
        )

    @classmethod
    def of_new(cls, new: NewToken) -> TokenAnswer:
        return cls.of(new.token).model_copy(update={"token": str(new.text)})


class UserAnswer(Answer):
    user_id: str
    role: UserRole
    tier: UserTier
    created_at: Time
    tokens: list[TokenAnswer] | Absent = None

    @classmethod
    def of(cls, user: User, tokens: Sequence[Token] | None = None) -> UserAnswer:
        answer = cls(user_id=user.user_id, role=user.role, tier=user.tier, created_at=user.created_at)
        if tokens is None:
            return answer
        return answer.model_copy(update={"tokens": [TokenAnswer.of(token) for token in tokens]})


class UserListAnswer(Answer):
    users: list[UserAnswer]
    limit: int
    next_cursor: str | None

    @classmethod
    def of(cls, page: UserPage, limit: int) -> UserListAnswer:
        users = [UserAnswer.of(user) for user in page.users]
        return cls(users=users, limit=limit, next_cursor=page.next_cursor)


class SecretAnswer(Answer):
    """No answer ever holds a value."""

    name: str
    updated_at: Time

    @classmethod
    def of(cls, secret: SetSecret) -> SecretAnswer:
        return cls(name=secret.name, updated_at=secret.updated_at)


class SecretListAnswer(Answer):
    secrets: list[SecretAnswer]
    total: int

    @classmethod
    def of(cls, found: Mapping[str, str]) -> SecretListAnswer:
        secrets = [SecretAnswer(name=name, updated_at=updated_at) for name, updated_at in found.items()]
        return cls(secrets=secrets, total=len(secrets))


class WebhookSecretAnswer(Answer):
    webhook_secret: str
