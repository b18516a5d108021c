"""Users and tokens: who makes, reads and deletes them, and what happens when several do at once."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.functions import invoke, sample_event
from tests.integration.aws import ENVIRONMENT, REGION
from tests.integration.conftest import Answer, World
from tests.integration.test_api_errors import assert_problem
from tests.integration.test_authorizer import authorize
from tests.loopback import MakeServer
from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import user_store
from workflows.adapters.usage_keys import UsageKeys
from workflows.domain.errors import Unavailable
from workflows.domain.user import MAX_TOKENS, Token


class Admin:
    """An admin's calls."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, function: str, **event: Any) -> Answer:
        return self._world.call(function, user="admin", role="admin", **event)

    def create(self, user_id: str, **wanted: str) -> Answer:
        return self("create_user", body={"user_id": user_id, **wanted})

    def delete(self, user_id: str) -> Answer:
        return self("delete_user", path={"user_id": user_id})


@pytest.fixture
def gateway(world: World) -> Any:
    """API Gateway, with the usage plans of the template."""
    client = boto3.client("apigateway", region_name=REGION)
    for tier in ("shared", "standard", "premium"):
        client.create_usage_plan(name=f"workflows-{tier}")
    return client


@pytest.fixture
def admin(world: World, gateway: Any) -> Admin:
    return Admin(world)


def keys_of_plan(gateway: Any, tier: str) -> list[str]:
    plans = gateway.get_usage_plans()["items"]
    plan_id = next(plan["id"] for plan in plans if plan["name"] == f"workflows-{tier}")
    return [key["name"] for key in gateway.get_usage_plan_keys(usagePlanId=plan_id)["items"]]


def token_of(world: World, user_id: str, **body: Any) -> dict[str, Any]:
    answer = world.call(
        "create_token", path={"user_id": user_id}, body={"name": "laptop", **body}, user=user_id
    )
    assert answer.status == 201, answer.text
    token: dict[str, Any] = answer.json
    return token


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


@pytest.mark.parametrize("user_id", ["nobody", "oidc:ada", "a" * 3_000, "#", "é"])
def test_unknown_user_is_404(admin: Admin, user_id: str) -> None:
    path = {"user_id": user_id}
    assert_problem(admin("get_user", path=path), 404, "not_found")
    assert_problem(admin("delete_user", path=path), 404, "not_found")
    assert_problem(admin("create_token", path=path, body={"name": "x"}), 404, "not_found")
    token = {**path, "token_id": "0123456789abcdef"}
    assert_problem(admin("delete_token", path=token), 404, "not_found")


def test_token_is_shown_once_lets_in_and_can_be_deleted(admin: Admin, world: World) -> None:
    admin.create("ada")
    made = token_of(world, "ada", expires_in_days=7)
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
    made = [token_of(world, "ada") for _ in range(MAX_TOKENS)]
    refused = world.call("create_token", path={"user_id": "ada"}, body={"name": "x"}, user="ada")
    assert_problem(refused, 403, "quota_exceeded")
    path = {"user_id": "ada", "token_id": made[0]["token_id"]}
    assert world.call("delete_token", path=path, user="ada").status == 204
    token_of(world, "ada")
    assert admin.delete("ada").status == 204
    assert user_store().tokens("ada") == []


def test_users_manage_their_own_tokens_and_nothing_else(admin: Admin, world: World) -> None:
    admin.create("ada")
    admin.create("bob")
    made = token_of(world, "bob")
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
    made = token_of(world, "ada")
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
            late.append(token_of(world, "ada"))
        return found

    monkeypatch.setattr("workflows.adapters.users.UserStore.tokens", tokens)
    assert admin.delete("ada").status == 204
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(f"Bearer {late[0]['token']}")
    with pytest.raises(ConditionFailed):
        user_store().add_token(Token("f" * 16, "ada", "late", "0" * 64, "2026-01-01T00:00:00.000Z"))


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


@pytest.fixture
def stored_secret(world: World) -> Any:
    client = boto3.client("secretsmanager", region_name=REGION)
    return lambda: client.get_secret_value(SecretId=ENVIRONMENT["ADMIN_TOKEN_SECRET_ARN"])["SecretString"]


def test_first_admin_comes_with_the_stack_and_cloudformation_is_told(
    stored_secret: Any, make_server: MakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server = make_server()
    event = {**sample_event("lifecycle/ensure_first_admin"), "ResponseURL": server.url("/answer")}
    answered = invoke("lifecycle/ensure_first_admin", event)

    token = stored_secret()
    assert authorize(f"Bearer {token}")["context"]["role"] == "admin"
    told = json.loads(server.seen[0].body)
    assert (server.seen[0].method, told["Status"], told["PhysicalResourceId"]) == ("PUT", "SUCCESS", "admin")
    assert {"StackId", "RequestId", "LogicalResourceId"} <= told.keys()
    assert token not in json.dumps([told, answered]) + capsys.readouterr().out

    for request_type in ("Update", "Delete"):
        invoke("lifecycle/ensure_first_admin", {**event, "RequestType": request_type})
    assert stored_secret() == token
    assert len(server.seen) == 3


def test_cloudformation_is_told_of_a_failure(
    stored_secret: Any, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server()
    event = {**sample_event("lifecycle/ensure_first_admin"), "ResponseURL": server.url("/answer")}
    monkeypatch.setattr("workflows.adapters.users.UserStore.add_token", _unavailable)
    with pytest.raises(Unavailable):
        invoke("lifecycle/ensure_first_admin", event)
    assert json.loads(server.seen[0].body)["Status"] == "FAILED"


def test_operator_gets_back_in_with_a_new_token(stored_secret: Any, world: World) -> None:
    invoke("lifecycle/ensure_first_admin", {})
    lost = stored_secret()
    kept = world.call(
        "create_token", path={"user_id": "admin"}, body={"name": "mine"}, user="admin", role="admin"
    ).json["token"]
    admin = user_store().get("admin")
    assert admin is not None
    user_store().change(admin, {"role": "user"})

    assert invoke("lifecycle/ensure_first_admin", {}) == {"user_id": "admin"}

    for token in (stored_secret(), kept):
        assert authorize(f"Bearer {token}")["context"]["role"] == "admin"
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(f"Bearer {lost}")


def _unavailable(*_: object) -> None:
    raise Unavailable("throttled")
