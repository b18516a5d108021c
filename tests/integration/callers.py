"""Calls of the authorizer, of admins, and of users about their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.functions import invoke, sample_event

if TYPE_CHECKING:
    from tests.integration.conftest import Answer, World

AUDIT_NAMES = {
    "schema",
    "action",
    "outcome",
    "status",
    "error_code",
    "reason",
    "actor",
    "target",
    "request_id",
}
"""What is in an audit line."""


def authorize(authorization: str | None, **changes: Any) -> dict[str, Any]:
    """What the authorizer answers to its sample event with that header, or without it.

    Args:
        changes: Of the event; and `address`, from where it comes.
    """
    event = sample_event("api/authorizer")
    if authorization is None:
        del event["headers"]["Authorization"]
    else:
        event["headers"]["Authorization"] = authorization
    event["requestContext"]["identity"]["sourceIp"] = changes.pop("address", "203.0.113.7")
    policy: dict[str, Any] = invoke("authorizer", {**event, **changes})
    return policy


class Admin:
    """An admin's calls."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, function: str, **event: Any) -> Answer:
        return self._world.call(function, user="root", role="admin", **event)

    def create(self, user_id: str, **wanted: str) -> Answer:
        return self("create_user", body={"user_id": user_id, **wanted})

    def delete(self, user_id: str) -> Answer:
        return self("delete_user", path={"user_id": user_id})


def make_token(world: World, user_id: str, **body: Any) -> dict[str, Any]:
    """What a user gets who makes a token."""
    answer = world.call(
        "create_token", path={"user_id": user_id}, body={"name": "laptop", **body}, user=user_id
    )
    assert answer.status == 201, answer.text
    token: dict[str, Any] = answer.json
    return token
