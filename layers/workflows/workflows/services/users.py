"""Users: made, listed and deleted by admins."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import usage_keys, user_store
from workflows.adapters.usage_keys import UsageKeys
from workflows.adapters.users import UserStore
from workflows.domain.access import Caller, require_admin, require_user_or_admin
from workflows.domain.errors import Conflict, Unavailable
from workflows.domain.times import now
from workflows.domain.token import Token
from workflows.domain.user import User, UserRole, UserTier
from workflows.services.access import no_user
from workflows.services.cursors import from_cursor, to_cursor
from workflows.services.secrets import Secrets, secrets

_LIST = "users"
_TRIES = 10


@dataclass(frozen=True, slots=True)
class UserPage:
    users: Sequence[User]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Users:
    store: UserStore

    def get(self, caller: Caller, user_id: str) -> tuple[User, Sequence[Token]]:
        """A user, with their tokens but for the texts.

        Raises:
            Unauthenticated, Forbidden: The caller is neither that user nor an admin.
            NotFound: There is no such user.
        """
        require_user_or_admin(caller, user_id, "read a user")
        return _found(user_id, self.store.get(user_id)), self.store.tokens(user_id)

    def page(self, caller: Caller, cursor: str | None, limit: int) -> UserPage:
        """Users in the order of their ids, at most `limit`.

        Raises:
            Unauthenticated, Forbidden: The caller is no admin.
            Malformed: The cursor is not one of this list.
        """
        require_admin(caller, "list users")
        after = None if cursor is None else from_cursor(cursor, _LIST).decode()
        found = self.store.page(after, limit + 1)
        users = found[:limit]
        has_more = len(found) > limit
        return UserPage(users, to_cursor(users[-1].user_id.encode(), _LIST) if has_more else None)


@dataclass(frozen=True, slots=True)
class UserAdministration:
    store: UserStore
    keys: UsageKeys

    def create(self, caller: Caller, user_id: str, role: UserRole, tier: UserTier) -> User:
        """Make a user, and the key by which API Gateway meters their calls.

        Raises:
            Unauthenticated, Forbidden: The caller is no admin.
            Conflict: There is such a user.
            Unavailable: API Gateway makes no key for now; there is no such user then.
        """
        require_admin(caller, "make users")
        user = User(user_id, role, tier, created_at=now())
        try:
            self.store.create(user)
        except ConditionFailed as error:
            if error.item is None or User.from_item(error.item) != user:
                raise Conflict(f"there is a user {user.user_id} already") from error
            # Else it is our own write, whose answer was lost and which the SDK made once more.
        try:
            return self.store.change(user, {"usage_key": self.keys.create(user.user_id, user.tier)})
        except Unavailable:
            with suppress(Unavailable):
                self.keys.delete(user_id)
            with suppress(ConditionFailed):
                self.store.delete(user, ())
            raise
        except ConditionFailed as error:
            self.keys.delete(user.user_id)
            raise Conflict(f"the user {user.user_id} was deleted meanwhile") from error


@dataclass(frozen=True, slots=True)
class UserDeletions:
    store: UserStore
    keys: UsageKeys
    secrets: Secrets

    def delete(self, caller: Caller, user_id: str) -> None:
        """Delete a user with tokens, key and secrets; what else they own stays, for whoever has that id.

        Raises:
            Unauthenticated, Forbidden: The caller is no admin.
            NotFound: There is no such user.
            Unavailable: It cannot be done for now; the user is there still.
        """
        require_admin(caller, "delete users")
        _found(user_id, self.store.get(user_id))
        # While there is a user one can ask again.
        self.keys.delete(user_id)
        self.secrets.delete_all(user_id)
        for _ in range(_TRIES):
            user = _found(user_id, self.store.get(user_id))
            try:
                self.store.delete(user, self.store.tokens(user_id))
            except ConditionFailed:
                continue  # A token came or went.
            return
        raise Unavailable(f"tokens of the user {user_id} keep coming and going: try again")


def _found(user_id: str, user: User | None) -> User:
    if user is None:
        raise no_user(user_id)
    return user


@cache
def users() -> Users:
    return Users(user_store())


@cache
def user_administration() -> UserAdministration:
    return UserAdministration(user_store(), usage_keys())


@cache
def user_deletions() -> UserDeletions:
    return UserDeletions(user_store(), usage_keys(), secrets())
