"""The access table: users, and their tokens beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workflows.adapters.dynamodb import ConditionFailed, Key, Table, transact
from workflows.domain.token import MAX_TOKENS, Token, token_record
from workflows.domain.user import LISTED, USER_RECORD, User, is_user_id, user_key

_EXISTS = "attribute_exists(#record)"


@dataclass(frozen=True, slots=True)
class UserStore:
    table: Table

    def find(self, user_id: str, token_id: str) -> tuple[User, Token] | None:
        """A token with its user, read consistently: one that was deleted just now is not found."""
        keys = [_key(user_id), _key(user_id, token_record(token_id))]
        found = {item["record"]: item for item in self.table.batch_get(keys, consistent=True)}
        if len(found) < len(keys):
            return None
        return User.from_item(found[USER_RECORD]), Token.from_item(found[token_record(token_id)])

    def get(self, user_id: str) -> User | None:
        if not is_user_id(user_id):
            return None  # DynamoDB takes no key of any length that a caller may think of.
        item = self.table.get(_key(user_id), consistent=True)
        return User.from_item(item) if item else None

    def tokens(self, user_id: str) -> list[Token]:
        """A user's tokens, those that were made last at the end."""
        items = self.table.iterate(
            "#id = :user AND begins_with(#record, :prefix)",
            consistent=True,
            user=user_key(user_id),
            prefix=token_record(""),
        )
        return sorted(map(Token.from_item, items), key=lambda token: token.created_at)

    def page(self, after: str | None, limit: int) -> list[User]:
        """Users in the order of their ids, at most `limit`, those after one."""
        items = self.table.iterate(
            "#listed = :users AND #user_id > :after",
            index="by_user_id",
            page_items=limit,
            users=LISTED,
            after=after or " ",  # It sorts before all ids.
        )
        return [User.from_item(item) for item in islice(items, limit)]

    def create(self, user: User) -> None:
        """Write a new user.

        Raises:
            ConditionFailed: There is one with this id.
        """
        self.table.put(user.to_item(), "attribute_not_exists(#record)")

    def change(self, user: User, changes: dict[str, Any]) -> User:
        """Set attributes of a user that is still the one that was read; returns the user as it is now.

        Raises:
            ConditionFailed: There is no such user any more.
        """
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
        item = self.table.update(
            _key(user.user_id), expression, "#created_at = :read", **changes, read=user.created_at
        )
        return User.from_item(item)

    def add_token(self, token: Token) -> None:
        """Write a new token.

        Raises:
            ConditionFailed: There is no such user, or the user has as many as there may be.
        """
        put = self.table.put_arguments(token.to_item(), "attribute_not_exists(#record)")
        count = self.table.update_arguments(
            _key(token.user_id),
            "ADD #token_count :one",
            f"{_EXISTS} AND #token_count < :max",
            one=1,
            max=MAX_TOKENS,
        )
        try:
            transact(puts=[put], updates=[count])
        except ConditionFailed:
            # An answer may have been lost, and the write made once more.
            if self.table.get(_key(token.user_id, token_record(token.token_id)), consistent=True) is None:
                raise

    def delete_token(self, user_id: str, token_id: str) -> None:
        """Delete a token: it stops working at once.

        Raises:
            ConditionFailed: There is no such token.
        """
        deletion = self.table.check_arguments(_key(user_id, token_record(token_id)), _EXISTS)
        count = self.table.update_arguments(_key(user_id), "ADD #token_count :less", _EXISTS, less=-1)
        transact(deletes=[deletion], updates=[count])

    def delete(self, user: User, tokens: Sequence[Token]) -> None:
        """Delete a user with all tokens.

        Raises:
            ConditionFailed: The user is gone, or has other tokens by now.
        """
        deletion = self.table.check_arguments(
            _key(user.user_id),
            "#token_count = :known AND #created_at = :read",
            known=len(tokens),
            read=user.created_at,
        )
        # As many as there are, and all of them there: so they are the same.
        records = [
            self.table.check_arguments(_key(user.user_id, token_record(token.token_id)), _EXISTS)
            for token in tokens
        ]
        transact(deletes=[deletion, *records])

    def note_use(self, token: Token, day: str) -> None:
        """Write down that a token was used on a day, unless it was deleted meanwhile."""
        try:
            self.table.update(
                _key(token.user_id, token_record(token.token_id)),
                "SET #last_used_on = :day",
                _EXISTS,
                day=day,
            )
        except ConditionFailed:
            return


def _key(user_id: str, record: str = USER_RECORD) -> Key:
    return {"id": user_key(user_id), "record": record}
