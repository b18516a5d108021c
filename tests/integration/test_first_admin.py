"""The first admin: made with the stack, and by operators who have lost all tokens."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.functions import invoke, sample_event
from tests.integration.aws import ENVIRONMENT, REGION
from tests.integration.callers import authorize
from tests.integration.conftest import World
from tests.loopback import MakeServer
from workflows.adapters.stores import user_store
from workflows.domain.errors import Unavailable
from workflows.domain.token import MAX_TOKENS, TokenText


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


def test_operator_gets_back_in_with_a_new_token_and_nobody_by_another(stored_secret: Any) -> None:
    """Somebody else has been called `admin` meanwhile, and has all the tokens that a user may have."""
    invoke("lifecycle/ensure_first_admin", {})
    others = [stored_secret()]
    admin = user_store().get("admin")
    assert admin is not None
    user_store().change(admin, {"role": "user"})
    for _ in range(MAX_TOKENS - 1):
        text = TokenText.new("admin")
        user_store().add_token(text.to_token("other", admin.created_at))
        others.append(str(text))

    assert invoke("lifecycle/ensure_first_admin", {}) == {"user_id": "admin"}

    assert authorize(f"Bearer {stored_secret()}")["context"]["role"] == "admin"
    for token in others:
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            authorize(f"Bearer {token}")


def _unavailable(*_: object) -> None:
    raise Unavailable("throttled")
