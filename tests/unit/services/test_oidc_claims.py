"""What a token must claim; and tokens that are none."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.issuer import AUDIENCE, HEADER, Issuer, by_main_key, forge, reason, rsa_key, verifier
from workflows.domain.errors import Unauthenticated
from workflows.services.oidc import OpenIdConnect

UNREADABLE = "the token cannot be read"


@pytest.fixture
def oidc(issuer: Issuer) -> OpenIdConnect:
    return verifier(issuer)


@pytest.mark.parametrize(
    "audience",
    ["other", AUDIENCE.upper(), AUDIENCE + "/", f" {AUDIENCE}", AUDIENCE[:-1], f"{AUDIENCE} other", ["other"],
     [[AUDIENCE]], [AUDIENCE, 7], {AUDIENCE: True}, 7, True],
)  # fmt: skip
def test_token_for_another_audience_is_refused(oidc: OpenIdConnect, issuer: Issuer, audience: Any) -> None:
    assert reason(oidc, issuer.token(aud=audience)) == "the token is for another audience"


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub"])
def test_token_must_have_each_claim(oidc: OpenIdConnect, issuer: Issuer, claim: str) -> None:
    without = {name: value for name, value in issuer.claims().items() if name != claim}

    assert reason(oidc, forge(HEADER, without, by_main_key)) == f"the token has no {claim}"
    assert reason(oidc, forge(HEADER, {**without, claim: None}, by_main_key)) == f"the token has no {claim}"


@pytest.mark.parametrize("audience", ["", []])
def test_token_for_nobody_is_refused(oidc: OpenIdConnect, issuer: Issuer, audience: Any) -> None:
    assert reason(oidc, issuer.token(aud=audience)) == "the token has no aud"


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url + "/",
        lambda url: url + "/realm",
        lambda url: url.upper(),
        lambda url: url + "@attacker.example.com",
        lambda url: url[:-1],
        lambda url: "https://attacker.example.com",
        lambda url: [url],
        lambda url: {url: url},
        lambda url: "",
        lambda url: 7,
    ],
)
def test_token_of_another_issuer_is_refused(
    oidc: OpenIdConnect, issuer: Issuer, change: Callable[[str], Any]
) -> None:
    token = forge(HEADER, {**issuer.claims(), "iss": change(issuer.url)}, by_main_key)

    assert reason(oidc, token) == "the token is of another issuer"


def moments(claims: dict[str, int]) -> dict[str, Any]:
    """Claims given in seconds from now."""
    return {name: int(time.time()) + seconds for name, seconds in claims.items()}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"exp": -31}, "the token has expired"),
        ({"exp": -1_000_000_000}, "the token has expired"),
        ({"nbf": 35}, "the token is not valid yet"),
        ({"nbf": 1_000_000_000}, "the token is not valid yet"),
        ({"iat": 35}, "the token is not valid yet"),
        ({"iat": 1_000_000_000}, "the token is not valid yet"),
    ],
)
def test_token_out_of_its_time_is_refused(
    oidc: OpenIdConnect, issuer: Issuer, claims: dict[str, int], expected: str
) -> None:
    assert reason(oidc, issuer.token(**moments(claims))) == expected


@pytest.mark.parametrize("claims", [{"exp": -25}, {"nbf": 25}, {"iat": 25}, {"exp": 60, "nbf": -60}])
def test_clocks_may_differ_by_half_a_minute(
    oidc: OpenIdConnect, issuer: Issuer, claims: dict[str, int]
) -> None:
    assert oidc.caller(issuer.token(**moments(claims)))


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("moment", [b'"soon"', b"[]", b"{}", b"NaN", b"Infinity", b"1e999", b"9" * 5_000])
def test_moment_that_is_no_number_is_refused(
    oidc: OpenIdConnect, issuer: Issuer, claim: str, moment: bytes
) -> None:
    claims = json.dumps({name: value for name, value in issuer.claims().items() if name != claim}).encode()
    token = forge(HEADER, claims[:-1] + f',"{claim}":'.encode() + moment + b"}", by_main_key)

    assert reason(oidc, token) == UNREADABLE


@pytest.mark.parametrize("subject", [7, True, ["ada"], {"id": "ada"}])
def test_subject_that_is_no_text_is_refused(oidc: OpenIdConnect, issuer: Issuer, subject: Any) -> None:
    token = forge(HEADER, {**issuer.claims(), "sub": subject}, by_main_key)

    assert reason(oidc, token) == "the token's subject is not a string"


# The issuer may serve all the examples of a test.
_fuzz = settings(
    max_examples=200,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@_fuzz
@given(st.data())
def test_token_with_any_character_changed_is_refused_as_such(
    oidc: OpenIdConnect, issuer: Issuer, data: st.DataObject
) -> None:
    token = jwt.encode(
        {"iss": issuer.url, "aud": AUDIENCE, "sub": "ada", "exp": 4_000_000_000},
        rsa_key("main"),
        "RS256",
        {"kid": "main"},
    )
    at = data.draw(st.integers(0, len(token) - 1))
    others = [character for character in ".AQgwz09-_=+/ \n\x00é" if character != token[at]]

    reason(oidc, token[:at] + data.draw(st.sampled_from(others)) + token[at + 1 :])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@_fuzz
@given(
    header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "cty", "crit", "b64", "jwk"]), _JSON),
    claims=st.dictionaries(st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "jti"]), _JSON),
    is_header_good=st.booleans(),
)
def test_signed_nonsense_is_refused_or_good_and_never_an_accident(
    oidc: OpenIdConnect,
    issuer: Issuer,
    header: dict[str, Any],
    claims: dict[str, Any],
    is_header_good: bool,
) -> None:
    token = forge(
        HEADER if is_header_good else {**HEADER, **header}, {**issuer.claims(), **claims}, by_main_key
    )
    try:
        caller = oidc.caller(token)
    except Unauthenticated:
        return
    assert caller.user_id is not None
    assert caller.user_id.startswith("oidc:")
    assert caller.role == "user"
