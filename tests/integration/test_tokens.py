"""Bearer tokens: who makes and deletes them, and what is shown of them."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from tests.integration.callers import Admin, authorize, make_token
from tests.integration.conftest import World
from tests.integration.test_api_errors import assert_problem
from workflows.adapters.stores import user_store
from workflows.domain.token import MAX_TOKENS


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 65}, "/name"),
        ({"name": "x", "expires_in_days": 0}, "/expires_in_days"),
        ({"name": "x", "expires_in_days": 367}, "/expires_in_days"),
        ({"name": "x", "expires_in_days": "7"}, "/expires_in_days"),
        ({"name": "x", "expires_in_days": None}, "/expires_in_days"),
        ({"name": "x", "role": "admin"}, "/role"),
    ],
)
def test_token_that_cannot_be_is_400(admin: Admin, body: Any, pointer: str) -> None:
    admin.create("ada")
    answer = admin("create_token", path={"user_id": "ada"}, body=body)
    assert_problem(answer, 400, "malformed_request", pointer)


def test_token_is_shown_once_lets_in_and_can_be_deleted(admin: Admin, world: World) -> None:
    admin.create("ada")
    made = make_token(world, "ada", expires_in_days=7)
    assert authorize(f"Bearer {made['token']}")["context"]["user_id"] == "ada"

    shown = world.call("get_user", path={"user_id": "ada"}, user="ada")
    (token,) = shown.json["tokens"]
    assert made["token"] not in shown.text
    assert token.keys() == {"token_id", "name", "created_at", "expires_at", "last_used_on"}
    assert token["last_used_on"] == token["created_at"][:10]
    assert token["expires_at"] > token["created_at"]

    path = {"user_id": "ada", "token_id": made["token_id"]}
    assert world.call("delete_token", path=path, user="ada").status == 204
    assert_problem(world.call("delete_token", path=path, user="ada"), 404, "not_found")
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(f"Bearer {made['token']}")


def test_user_has_so_many_tokens_and_no_more(admin: Admin, world: World) -> None:
    admin.create("ada")
    made = [make_token(world, "ada") for _ in range(MAX_TOKENS)]
    refused = world.call("create_token", path={"user_id": "ada"}, body={"name": "x"}, user="ada")
    assert_problem(refused, 403, "limit_reached")
    path = {"user_id": "ada", "token_id": made[0]["token_id"]}
    assert world.call("delete_token", path=path, user="ada").status == 204
    make_token(world, "ada")
    assert admin.delete("ada").status == 204
    assert user_store().tokens("ada") == []


def test_expired_tokens_make_room_for_a_new_one(admin: Admin, world: World) -> None:
    with time_machine.travel("2026-02-23T12:00:00Z", tick=False) as clock:
        admin.create("ada")
        for _ in range(MAX_TOKENS - 1):
            make_token(world, "ada", expires_in_days=1)
        kept = make_token(world, "ada", expires_in_days=3)
        clock.shift(86_400)
        made = make_token(world, "ada")
        left = [token.token_id for token in user_store().tokens("ada")]
    assert left == [kept["token_id"], made["token_id"]]
