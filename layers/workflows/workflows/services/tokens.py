"""Bearer tokens of users: made and deleted by themselves and by admins."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import user_store
from workflows.adapters.users import UserStore
from workflows.domain.access import Caller, require_user_or_admin
from workflows.domain.errors import LimitReached, NotFound
from workflows.domain.times import DAY_SECONDS, now
from workflows.domain.token import MAX_TOKENS, Token, TokenText, is_token_id
from workflows.domain.transitions import later
from workflows.domain.user import is_user_id
from workflows.services.access import no_user


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was made.

    Attributes:
        text: What its user sends. It is not stored: nobody can be shown it again.
    """

    token: Token
    text: TokenText


@dataclass(frozen=True, slots=True)
class Tokens:
    store: UserStore

    def create(self, caller: Caller, user_id: str, name: str, valid_days: int) -> NewToken:
        """Make a token of a user's.

        Raises:
            Unauthenticated, Forbidden: The caller is neither that user nor an admin.
            NotFound: There is no such user; one of an identity provider has tokens from there.
            LimitReached: The user has as many as there may be.
        """
        require_user_or_admin(caller, user_id, "make a token")
        if not is_user_id(user_id):
            raise no_user(user_id)
        text, created_at = TokenText.new(user_id), now()
        token = text.to_token(name, created_at, later(created_at, valid_days * DAY_SECONDS))
        try:
            self._add(token)
        except ConditionFailed as error:
            if self.store.get(user_id) is None:
                raise no_user(user_id) from error
            raise LimitReached(f"a user has at most {MAX_TOKENS} tokens: delete one first") from error
        return NewToken(token, text)

    def _add(self, token: Token) -> None:
        """Write it, in the place of those that have expired if there is no other."""
        try:
            self.store.add_token(token)
        except ConditionFailed:
            for other in self.store.tokens(token.user_id):
                if not other.is_valid(token.created_at):
                    with suppress(ConditionFailed):
                        self.store.delete_token(other.user_id, other.token_id)
            self.store.add_token(token)

    def delete(self, caller: Caller, user_id: str, token_id: str) -> None:
        """Delete a token: it stops working at once.

        Raises:
            Unauthenticated, Forbidden: The caller is neither that user nor an admin.
            NotFound: There is no such token.
        """
        require_user_or_admin(caller, user_id, "delete a token")
        missing = NotFound(f"there is no token {token_id} of user {user_id}")
        if not (is_user_id(user_id) and is_token_id(token_id)):
            raise missing
        try:
            self.store.delete_token(user_id, token_id)
        except ConditionFailed as error:
            raise missing from error


@cache
def tokens() -> Tokens:
    return Tokens(user_store())
