"""Users: who makes, reads and deletes them, and what happens when several do at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.callers import Admin, authorize, make_token
from tests.integration.conftest import World
from tests.integration.test_api_errors import assert_problem
from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import user_store
from workflows.adapters.usage_keys import UsageKeys
from workflows.domain.errors import Unavailable
from workflows.domain.token import Token


def keys_of_plan(gateway: Any, tier: str) -> list[str]:
    plans = gateway.get_usage_plans()["items"]
    plan_id = next(plan["id"] for plan in plans if plan["name"] == f"workflows-{tier}")
    return [key["name"] for key in gateway.get_usage_plan_keys(usagePlanId=plan_id)["items"]]


def test_admin_makes_a_user_with_a_key_in_the_plan_of_the_tier(admin: Admin, gateway: Any) -> None:
    answer = admin.create("ada@example.com", tier="premium")

    assert answer.status == 201
    made_at = answer.json.pop("created_at")
    assert answer.json | {"created_at": ""} == {
        "user_id": "ada@example.com",
        "role": "user",
        "tier": "premium",
        "created_at": "",
    }
    assert made_at.endswith("Z")
    assert answer.headers["Location"] == "users/ada%40example.com"
    assert keys_of_plan(gateway, "premium") == ["workflows/ada@example.com"]
    stored = user_store().get("ada@example.com")
    assert stored is not None
    keys = gateway.get_api_keys(includeValues=True)["items"]
    assert [key["value"] for key in keys] == [stored.usage_key]
    assert str(stored.usage_key) not in answer.text


def test_user_id_is_taken_once(admin: Admin) -> None:
    admin.create("ada")
    assert_problem(admin.create("ada", role="admin"), 409, "conflict")
    stored = user_store().get("ada")
    assert stored is not None
    assert stored.role == "user"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/user_id"]),
        ({"user_id": ""}, ["/user_id"]),
        ({"user_id": "Ada"}, ["/user_id"]),
        ({"user_id": "a#b"}, ["/user_id"]),
        ({"user_id": "oidc:ada"}, ["/user_id"]),
        ({"user_id": "a/b"}, ["/user_id"]),
        ({"user_id": "-a"}, ["/user_id"]),
        ({"user_id": "a\n"}, ["/user_id"]),
        ({"user_id": "ä"}, ["/user_id"]),
        ({"user_id": "a" * 65}, ["/user_id"]),
        ({"user_id": 7, "role": "root", "tier": "anonymous"}, ["/user_id", "/role", "/tier"]),
        ({"user_id": "ada", "password": "x"}, ["/password"]),
    ],
)
def test_user_that_cannot_be_is_400(admin: Admin, body: Any, pointers: list[str]) -> None:
    assert_problem(admin("create_user", body=body), 400, "malformed_request", *pointers)


@pytest.mark.parametrize("user_id", ["nobody", "oidc:ada", "a" * 3_000, "#", "é"])
def test_unknown_user_is_404(admin: Admin, user_id: str) -> None:
    path = {"user_id": user_id}
    assert_problem(admin("get_user", path=path), 404, "not_found")
    assert_problem(admin("delete_user", path=path), 404, "not_found")
    assert_problem(admin("create_token", path=path, body={"name": "x"}), 404, "not_found")
    token = {**path, "token_id": "0123456789abcdef"}
    assert_problem(admin("delete_token", path=token), 404, "not_found")


def test_users_manage_their_own_tokens_and_nothing_else(admin: Admin, world: World) -> None:
    admin.create("ada")
    admin.create("bob")
    made = make_token(world, "bob")
    for user, status, error_code in (("ada", 403, "forbidden"), (None, 401, "unauthenticated")):
        for function, path, body in (
            ("get_user", {"user_id": "bob"}, None),
            ("create_token", {"user_id": "bob"}, {"name": "x"}),
            ("delete_token", {"user_id": "bob", "token_id": made["token_id"]}, None),
            ("create_user", None, {"user_id": "eve", "role": "admin"}),
            ("delete_user", {"user_id": "bob"}, None),
            ("list_users", None, None),
        ):
            answer = world.call(function, path=path, body=body, user=user)
            assert_problem(answer, status, error_code)
    assert len(user_store().tokens("bob")) == 1


def test_deleted_user_is_gone_with_tokens_and_key(admin: Admin, world: World, gateway: Any) -> None:
    admin.create("ada")
    admin.create("ada.too")
    made = make_token(world, "ada")
    assert admin.delete("ada").status == 204
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(f"Bearer {made['token']}")
    assert [key["name"] for key in gateway.get_api_keys()["items"]] == ["workflows/ada.too"]
    assert_problem(admin.delete("ada"), 404, "not_found")


def test_user_whose_key_cannot_be_made_is_not_there(
    admin: Admin, gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(UsageKeys, "create", _unavailable)
        assert_problem(admin.create("ada"), 503, "unavailable")
    assert user_store().get("ada") is None
    assert admin.create("ada").status == 201


def test_user_whose_key_cannot_be_deleted_is_there_still(
    admin: Admin, gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.create("ada")
    with monkeypatch.context() as patch:
        patch.setattr(UsageKeys, "delete", _unavailable)
        assert_problem(admin.delete("ada"), 503, "unavailable")
    assert user_store().get("ada") is not None
    assert admin.delete("ada").status == 204


def test_key_that_nobody_has_written_down_is_deleted_with_its_user(admin: Admin, gateway: Any) -> None:
    """A function that ended between making the key and writing it down left it behind."""
    admin.create("ada")
    UsageKeys("workflows").create("ada", "standard")
    assert admin.delete("ada").status == 204
    assert gateway.get_api_keys()["items"] == []


def test_key_whose_making_was_answered_too_late_is_found(
    admin: Admin, gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.adapters.usage_keys.secrets.token_hex", lambda _: "k" * 40)
    gateway.create_api_key(name="workflows/ada", value="k" * 40, enabled=True)
    assert admin.create("ada").status == 201
    assert keys_of_plan(gateway, "standard") == ["workflows/ada"]


def test_token_made_while_its_user_is_deleted_does_not_outlive_it(
    admin: Admin, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.create("ada")
    read = user_store().tokens
    late: list[dict[str, Any]] = []

    def tokens(store: Any, user_id: str) -> list[Token]:
        found = read(user_id)
        if not late:
            late.append(make_token(world, "ada"))
        return found

    monkeypatch.setattr("workflows.adapters.users.UserStore.tokens", tokens)
    assert admin.delete("ada").status == 204
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(f"Bearer {late[0]['token']}")
    with pytest.raises(ConditionFailed):
        user_store().add_token(Token("f" * 16, "ada", "late", "0" * 64, "2026-01-01T00:00:00.000Z"))


def test_token_that_takes_anothers_place_while_its_user_is_deleted_does_not_outlive_it(
    admin: Admin, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are as many tokens as were read, and others."""
    admin.create("ada")
    first = make_token(world, "ada")
    read = user_store().tokens
    late: list[dict[str, Any]] = []

    def tokens(store: Any, user_id: str) -> list[Token]:
        found = read(user_id)
        if not late:
            path = {"user_id": "ada", "token_id": first["token_id"]}
            assert world.call("delete_token", path=path, user="ada").status == 204
            late.append(make_token(world, "ada"))
        return found

    monkeypatch.setattr("workflows.adapters.users.UserStore.tokens", tokens)
    assert admin.delete("ada").status == 204
    admin.create("ada", role="admin")
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(f"Bearer {late[0]['token']}")
    assert admin.delete("ada").status == 204


def test_user_whose_tokens_keep_changing_is_not_waited_for(
    admin: Admin, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.create("ada")
    make_token(world, "ada")
    with monkeypatch.context() as patch:
        patch.setattr("workflows.adapters.users.UserStore.tokens", lambda *_: [])
        assert_problem(admin.delete("ada"), 503, "unavailable")
    assert admin.delete("ada").status == 204


@pytest.mark.parametrize("user_id", ["ada@example.com", "ada+work"])
def test_user_is_found_by_the_location_that_was_answered(admin: Admin, world: World, user_id: str) -> None:
    """API Gateway hands the path on as it was sent."""
    place = admin.create(user_id).headers["Location"].removeprefix("users/")
    assert admin("get_user", path={"user_id": place}).json["user_id"] == user_id
    assert world.call("get_user", path={"user_id": place}, user=user_id).status == 200
    made = make_token(world, user_id)
    path = {"user_id": place, "token_id": made["token_id"]}
    assert world.call("delete_token", path=path, user=user_id).status == 204
    assert admin.delete(place).status == 204


def test_user_of_the_identity_provider_is_told_why_there_is_none(world: World) -> None:
    answer = world.call("get_user", path={"user_id": "oidc:grace"}, user="oidc:grace")
    assert_problem(answer, 404, "not_found")
    assert "identity provider" in answer.json["detail"]


def test_key_without_a_plan_to_be_in_is_not_made(admin: Admin, gateway: Any) -> None:
    for plan in gateway.get_usage_plans()["items"]:
        gateway.delete_usage_plan(usagePlanId=plan["id"])
    assert_problem(admin.create("ada"), 503, "unavailable")
    assert user_store().get("ada") is None
    assert gateway.get_api_keys()["items"] == []


def test_users_are_listed_by_id_page_by_page(admin: Admin) -> None:
    ids = sorted(f"user-{number:02}" for number in range(7))
    for user_id in reversed(ids):
        admin.create(user_id)
    listed, cursor = [], None
    while True:
        query: dict[str, Any] = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = admin("list_users", query=query).json
        listed += [user["user_id"] for user in page["users"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert listed == ids
    assert_problem(admin("list_users", query={"cursor": "made-up"}), 400, "malformed_request", "cursor")


def _unavailable(*_: object) -> None:
    raise Unavailable("throttled")
