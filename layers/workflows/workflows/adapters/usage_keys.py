"""API keys: API Gateway meters each user's calls by one, in the usage plan of the user's tier.

They let nobody in: the authorizer names the key of whom it has let in; one that is sent along is ignored.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from workflows.adapters.clients import SERVICE_FAILURES, client
from workflows.domain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class UsageKeys:
    """The keys of this stack's users.

    Attributes:
        stack_name: What the names of its keys and usage plans begin with.
    """

    stack_name: str

    def create(self, user_id: str, tier: str) -> str:
        """Make a user's key and put it into the plan of a tier; returns its value.

        Raises:
            Unavailable: API Gateway refuses for now.
        """
        value = secrets.token_hex(20)
        try:
            plan_id = self._plan_id(tier)
            self._put_into(plan_id, self._created(user_id, value))
        except SERVICE_FAILURES as error:
            raise Unavailable("API Gateway makes no key for the user: try again later") from error
        return value

    def delete(self, user_id: str) -> None:
        """Delete all keys of a user, also those that nobody has written down.

        Raises:
            Unavailable: API Gateway refuses for now.
        """
        try:
            for key in self._keys(user_id):
                client("apigateway").delete_api_key(apiKey=key["id"])
        except SERVICE_FAILURES as error:
            raise Unavailable("API Gateway does not delete the user's key: try again later") from error

    def _put_into(self, plan_id: str, key_id: str) -> None:
        try:
            client("apigateway").create_usage_plan_key(usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")
        except ClientError as error:
            # Else an answer was lost, and the call made once more.
            if not _is_conflict(error):
                raise

    def _created(self, user_id: str, value: str) -> str:
        name = self._name(user_id)
        try:
            key_id: str = client("apigateway").create_api_key(name=name, value=value, enabled=True)["id"]
        except ClientError as error:
            if not _is_conflict(error):
                raise
            # The value is random, so the key is ours: an answer was lost, and the call made once more.
            key_id = str(next(key["id"] for key in self._keys(user_id)))
        return key_id

    def _keys(self, user_id: str) -> Iterator[dict[str, Any]]:
        name = self._name(user_id)
        pages = client("apigateway").get_paginator("get_api_keys").paginate(nameQuery=name)
        for page in pages:
            yield from (key for key in page["items"] if key["name"] == name)

    def _name(self, user_id: str) -> str:
        return f"{self.stack_name}/{user_id}"

    def _plan_id(self, tier: str) -> str:
        # The template cannot tell it: plans belong to the API, and the API to the functions that it calls.
        name = f"{self.stack_name}-{tier}"
        pages = client("apigateway").get_paginator("get_usage_plans").paginate()
        plan_id = next((plan["id"] for page in pages for plan in page["items"] if plan["name"] == name), None)
        if plan_id is None:
            raise Unavailable(f"there is no usage plan {name}")
        return str(plan_id)


def _is_conflict(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConflictException"
