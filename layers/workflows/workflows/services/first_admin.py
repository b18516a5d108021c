"""The first admin, whom no other can make: their token is put where only the account's operators read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from workflows.adapters.cloudformation import CustomResourceRequest, answer_cloudformation
from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.environment import required
from workflows.adapters.stored_secrets import StoredSecret
from workflows.adapters.stores import user_store
from workflows.adapters.users import UserStore
from workflows.domain.times import DAY_SECONDS, now
from workflows.domain.token import TokenText
from workflows.domain.transitions import later
from workflows.domain.user import User

USER_ID = "admin"
_TOKEN_NAME = "first"  # noqa: S105 (its name)
_VALID_DAYS = 90


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """Makes the user `admin` and its token.

    Attributes:
        secret: Where the token's text is put.
    """

    users: UserStore
    secret: StoredSecret

    def ensure(self) -> None:
        """Make the user `admin`, or an admin of whoever is called so, with one token, which the secret holds.

        All other tokens of that user are deleted. Operators who have lost all admins' tokens get back in so.
        """
        try:
            self.users.create(User(USER_ID, "admin", "premium", created_at=now()))
        except ConditionFailed as error:
            if error.item is not None:
                self.users.change(User.from_item(error.item), {"role": "admin"})
        for token in self.users.tokens(USER_ID):
            with suppress(ConditionFailed):
                self.users.delete_token(USER_ID, token.token_id)
        text, created_at = TokenText.new(USER_ID), now()
        self.users.add_token(
            text.to_token(_TOKEN_NAME, created_at, later(created_at, _VALID_DAYS * DAY_SECONDS))
        )
        self.secret.put(str(text))

    def follow_stack(self, request: CustomResourceRequest) -> None:
        """Do what CloudFormation asks of the custom resource, and tell it how that went."""
        try:
            if request["RequestType"] == "Create":
                self.ensure()
        except Exception as error:
            answer_cloudformation(request, USER_ID, failure=type(error).__name__)
            raise
        answer_cloudformation(request, USER_ID)


@cache
def first_admin() -> FirstAdmin:
    return FirstAdmin(user_store(), StoredSecret(required("ADMIN_TOKEN_SECRET_ARN")))
