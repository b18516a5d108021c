"""Who the authorizer lets in, as whom, and what it counts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from tests.integration.callers import AUDIT_NAMES, authorize
from tests.integration.conftest import World
from workflows.adapters.stores import user_store
from workflows.adapters.users import UserStore
from workflows.domain.token import Token, TokenText
from workflows.domain.user import User
from workflows.services.authentication import authentication
from workflows.services.oidc import open_id_connect

CREATED_AT = "2026-01-01T00:00:00.000Z"
NOW = "2026-02-23T16:30:05.500Z"
TEXT = TokenText("ada", "0123456789abcdef", "ab" * 32)


@pytest.fixture
def ada(world: World) -> User:
    """A user with a token."""
    user = User("ada", "admin", "premium", CREATED_AT)
    user_store().create(user)
    user_store().add_token(TEXT.to_token("laptop", CREATED_AT, "2026-03-01T00:00:00.000Z"))
    return user


@pytest.fixture
def now() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def refused(caplog: pytest.LogCaptureFixture, authorization: str) -> dict[str, Any]:
    """The audit line of a call that is answered with 401."""
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(authorization)
    return {name: getattr(caplog.records[-1], name) for name in AUDIT_NAMES}


def test_token_names_its_user_and_is_counted(ada: User, now: Any) -> None:
    policy = authorize(f"Bearer {TEXT}")

    assert policy["principalId"] == "ada"
    (statement,) = policy["policyDocument"]["Statement"]
    assert (statement["Action"], statement["Effect"]) == ("execute-api:Invoke", "Allow")
    context = policy["context"]
    reset = int(context.pop("rate_reset_seconds"))
    assert 1 <= reset <= 60
    assert context == {
        "role": "admin",
        "user_id": "ada",
        "tier": "premium",
        "rate_policy": "list_executions",
        "rate_limit": "1200",
        "rate_used": "1",
    }
    assert all(isinstance(value, str) for value in context.values())
    assert policy["usageIdentifierKey"] == "premium-of-the-tests"


def test_user_is_metered_by_their_own_key(ada: User, now: Any) -> None:
    user_store().change(ada, {"usage_key": "key-of-ada"})
    assert authorize(f"Bearer {TEXT}")["usageIdentifierKey"] == "key-of-ada"


def test_new_user_has_the_common_key_until_api_gateway_knows_the_own_one(ada: User, now: Any) -> None:
    user_store().change(ada, {"usage_key": "key-of-ada"})
    now.move_to("2026-01-01T00:05:00Z")
    assert authorize(f"Bearer {TEXT}")["usageIdentifierKey"] == "premium-of-the-tests"
    now.move_to("2026-01-01T00:05:01Z")
    assert authorize(f"Bearer {TEXT}")["usageIdentifierKey"] == "key-of-ada"


def test_path_with_wildcards_is_no_part_of_the_policy(world: World) -> None:
    arn = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/v1/GET/executions/*"
    (statement,) = authorize(None, methodArn=arn)["policyDocument"]["Statement"]
    assert statement["Resource"] == "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/v1/*"


def test_call_without_a_credential_is_anonymous(world: World) -> None:
    policy = authorize(None)
    assert (policy["context"]["role"], policy["context"]["user_id"]) == ("anonymous", "")
    assert (policy["context"]["rate_limit"], policy["usageIdentifierKey"]) == ("12", "anonymous-of-the-tests")


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (f"Bearer {replace(TEXT, secret='cd' * 32)}", "the token is unknown"),
        (f"Bearer {replace(TEXT, token_id='f' * 16)}", "the token is unknown"),
        (f"Bearer {replace(TEXT, user_id='eve')}", "the token is unknown"),
        (f"Bearer {str(TEXT)[:-1]}", "the token is malformed"),
        (f"Bearer {TEXT}0", "the token is malformed"),
        (f"Bearer {str(TEXT).upper()}", "the token is malformed"),
        ("Bearer wfe_77777777_0123456789abcdef_" + "ab" * 32, "the token is malformed"),
        ("Bearer x", "the token is malformed"),
        ("Bearer a.b.c", "the token is malformed"),
        ("Bearer " + "a" * 10_000, "the header holds no bearer token"),
        (f"Bearer {TEXT}, Bearer {TEXT}", "the header holds no bearer token"),
        (f"Basic {TEXT}", "the header holds no bearer token"),
        ("", "the header holds no bearer token"),
        ("Bearer wfe_é", "the header holds no bearer token"),
    ],
)
def test_other_credentials_are_refused_and_the_log_says_why(
    ada: User, now: Any, caplog: pytest.LogCaptureFixture, authorization: str, reason: str
) -> None:
    line = refused(caplog, authorization)
    assert (line["reason"], line["outcome"], line["status"]) == (reason, "refused", 401)
    assert line["actor"] == {"user_id": None, "role": "anonymous", "address": "203.0.113.7"}
    assert TEXT.secret not in json.dumps(line)


def test_token_is_good_until_it_expires(ada: User, now: Any, caplog: pytest.LogCaptureFixture) -> None:
    now.move_to("2026-02-28T23:59:59.999Z")
    authorize(f"Bearer {TEXT}")
    now.move_to("2026-03-01T00:00:00Z")
    assert refused(caplog, f"Bearer {TEXT}")["reason"] == "the token has expired"


def test_token_that_was_deleted_is_refused_at_once(
    ada: User, now: Any, caplog: pytest.LogCaptureFixture
) -> None:
    authorize(f"Bearer {TEXT}")
    user_store().delete_token("ada", TEXT.token_id)
    assert refused(caplog, f"Bearer {TEXT}")["reason"] == "the token is unknown"


def test_use_of_a_token_is_noted_once_a_day(ada: User, now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = []
    note_use = UserStore.note_use

    def noting(store: UserStore, token: Token, day: str) -> None:
        noted.append(day)
        note_use(store, token, day)

    monkeypatch.setattr(UserStore, "note_use", noting)
    for moment in ("2026-02-23T16:30:05Z", "2026-02-23T23:59:59Z", "2026-02-24T00:00:00Z"):
        now.move_to(moment)
        authorize(f"Bearer {TEXT}")
    assert noted == ["2026-02-23", "2026-02-24"]
    assert user_store().tokens("ada")[0].last_used_on == "2026-02-24"


def test_token_is_good_also_where_its_use_cannot_be_noted(
    ada: User, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserStore, "note_use", _throttled)
    assert authorize(f"Bearer {TEXT}")["context"]["user_id"] == "ada"


def test_secrets_are_compared_in_constant_time(
    ada: User, now: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a token is known or not, and whatever its secret, one comparison of whole hashes is made."""
    compared = []

    def compare(a: str, b: str) -> bool:
        compared.append((len(a), len(b)))
        return a == b

    monkeypatch.setattr("workflows.domain.access.hmac.compare_digest", compare)
    authorize(f"Bearer {TEXT}")
    refused(caplog, f"Bearer {replace(TEXT, secret='cd' * 32)}")
    refused(caplog, f"Bearer {replace(TEXT, user_id='eve')}")
    assert compared == [(64, 64)] * 3


def test_stored_token_does_not_hold_its_text(ada: User) -> None:
    stored = json.dumps(user_store().table.get({"id": "user#ada", "record": f"token#{TEXT.token_id}"}))
    assert TEXT.secret not in stored
    assert TEXT.secret not in repr(TEXT)


def test_request_that_cannot_be_counted_goes_through(
    ada: User, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.adapters.usage_counters.UsageCounters.count", _throttled)
    context = authorize(f"Bearer {TEXT}")["context"]
    assert context == {"role": "admin", "user_id": "ada", "tier": "premium"}


def test_requests_are_counted_per_endpoint_and_caller(ada: User, now: Any) -> None:
    def used(authorization: str | None, **changes: Any) -> str:
        count: str = authorize(authorization, **changes)["context"]["rate_used"]
        return count

    token = f"Bearer {TEXT}"
    assert [used(token), used(token), used(token, resource="/workflows"), used(None)] == ["1", "2", "1", "1"]
    assert [used(None, address="203.0.113.8"), used(None), used(token)] == ["1", "2", "3"]
    now.shift(60)
    assert used(token) == "1"


def test_anonymous_callers_of_one_ipv6_network_are_one(world: World, now: Any) -> None:
    def used(address: str) -> str:
        count: str = authorize(None, address=address)["context"]["rate_used"]
        return count

    assert [used("2001:db8::1"), used("2001:db8::ffff:2"), used("2001:db8:0:1::1")] == ["1", "2", "1"]
    assert [used("::ffff:203.0.113.9"), used("203.0.113.9")] == ["1", "2"]


def test_identity_provider_is_asked_about_its_own_tokens_alone(
    ada: User, now: Any, issuer: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now.move_to("2026-02-23T16:30:05Z")
    monkeypatch.setenv("OIDC_ISSUER", issuer.url)
    monkeypatch.setenv("OIDC_AUDIENCE", "workflows-api")
    _forget_settings()
    try:
        policy = authorize(f"Bearer {issuer.token(sub='grace', groups=['staff'])}")
        assert policy["context"]["user_id"] == "oidc:grace"
        assert policy["usageIdentifierKey"] == "standard-of-the-tests"
        assert authorize(f"Bearer {TEXT}")["context"]["user_id"] == "ada"
        assert refused(caplog, f"Bearer {issuer.token(exp=1)}")["reason"] == "the token has expired"
        monkeypatch.setenv("OIDC_USER_GROUPS", "others")
        _forget_settings()
        denied = authorize(f"Bearer {issuer.token(sub='grace', groups=['staff'])}")
        assert "oidc:grace" in caplog.records[-1].__dict__["reason"]
        assert denied["policyDocument"]["Statement"][0]["Effect"] == "Deny"
        assert "context" not in denied
    finally:
        monkeypatch.undo()
        _forget_settings()


def _forget_settings() -> None:
    open_id_connect.cache_clear()
    authentication.cache_clear()


def _throttled(*_: object) -> None:
    raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "UpdateItem")
