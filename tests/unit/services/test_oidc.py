"""What a good token makes of its bearer, and how a deployment says whom it trusts."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from local.template import read_template
from tests.issuer import AUDIENCE, Issuer, ec_key, ed_key, jwk, rsa_key, verifier
from workflows.adapters.environment import MissingSetting
from workflows.domain.access import Caller
from workflows.domain.errors import Forbidden, Unauthenticated, Unavailable
from workflows.services.oidc import looks_like_jwt, open_id_connect

SETTINGS = ("ISSUER", "AUDIENCE", "GROUPS_CLAIM", "ADMIN_GROUPS", "USER_GROUPS", "PREMIUM_GROUPS")
ROOT = Path(__file__).parents[3]


def test_good_token_names_a_user_with_an_id_of_its_own_name_space(issuer: Issuer) -> None:
    assert verifier(issuer).caller(issuer.token()) == Caller("user", "oidc:ada", "standard")


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_rsa_key_signs_by_each_of_its_algorithms(issuer: Issuer, algorithm: str) -> None:
    issuer.keys = [jwk(rsa_key("main"), "main")]

    assert verifier(issuer).caller(issuer.token(algorithm=algorithm)).user_id == "oidc:ada"


@pytest.mark.parametrize(
    ("private_key", "algorithm"),
    [
        (ec_key("a"), "ES256"),
        (ec_key("a", ec.SECP384R1), "ES384"),
        (ec_key("a", ec.SECP521R1), "ES512"),
        (ed_key("a"), "EdDSA"),
    ],
    ids=["ES256", "ES384", "ES512", "EdDSA"],
)
def test_curve_signs_by_its_algorithm(issuer: Issuer, private_key: Any, algorithm: str) -> None:
    issuer.keys.append(jwk(private_key, "curve"))

    assert verifier(issuer).caller(issuer.token(private_key, algorithm, "curve")).user_id == "oidc:ada"


def test_token_without_kid_is_of_the_only_key_or_refused(issuer: Issuer) -> None:
    assert verifier(issuer).caller(issuer.token(kid=None)).user_id == "oidc:ada"

    issuer.keys.append(jwk(ec_key("a"), "other"))
    with pytest.raises(Unauthenticated, match="key is not one of the issuer"):
        verifier(issuer).caller(issuer.token(kid=None))


def test_tokens_are_verified_by_new_keys_after_a_rotation(issuer: Issuer) -> None:
    oidc = verifier(issuer)
    oidc.caller(issuer.token())
    issuer.keys = [jwk(rsa_key("next"), "next")]

    assert oidc.caller(issuer.token(rsa_key("next"), kid="next")).user_id == "oidc:ada"
    with pytest.raises(Unauthenticated):
        oidc.caller(issuer.token())


def test_issuer_that_is_down_is_no_fault_of_the_token(issuer: Issuer) -> None:
    issuer.go_down()
    with pytest.raises(Unavailable):
        verifier(issuer).caller(issuer.token())


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]])
def test_audience_may_be_one_of_several(issuer: Issuer, audience: Any) -> None:
    assert verifier(issuer).caller(issuer.token(aud=audience)).user_id == "oidc:ada"


@pytest.mark.parametrize("subject", ["a", "auth0|5f7c", "x" * 128, "!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
def test_subject_becomes_the_user_id(issuer: Issuer, subject: str) -> None:
    assert verifier(issuer).caller(issuer.token(sub=subject)).user_id == f"oidc:{subject}"


@pytest.mark.parametrize(
    "subject", ["", "x" * 129, "a b", "a#b", "#", "a\n", "a\x00", "a\x7f", "ä", "a\u202eb"]
)
def test_subject_that_cannot_be_an_id_is_refused(issuer: Issuer, subject: str) -> None:
    with pytest.raises(Unauthenticated, match="subject cannot be a user id"):
        verifier(issuer).caller(issuer.token(sub=subject))


ROLES: list[tuple[Any, tuple[str, ...], tuple[str, str] | None]] = [
    # The claim, the groups of users, and the role and tier that come of it; None where it is forbidden.
    (None, (), ("user", "standard")),
    ([], (), ("user", "standard")),
    (["admins"], (), ("admin", "standard")),
    (["staff", "admins"], ("staff",), ("admin", "standard")),
    (["admins"], ("staff",), ("admin", "standard")),
    (["admins", "gold"], (), ("admin", "premium")),
    (["gold"], (), ("user", "premium")),
    (["platinum", "gold"], (), ("user", "premium")),
    (["staff"], ("staff", "guests"), ("user", "standard")),
    (["staff", "platinum"], ("staff",), ("user", "premium")),
    (None, ("staff",), None),
    ([], ("staff",), None),
    (["gold"], ("staff",), None),
    # One group as text is one group, whatever is in it.
    ("admins", (), ("admin", "standard")),
    ("staff", ("staff",), ("user", "standard")),
    ("staff,admins", (), ("user", "standard")),
    ("staff admins", (), ("user", "standard")),
    ("staff admins", ("staff",), None),
    ("Domain Admins", ("Domain Admins",), ("user", "standard")),
    ('["admins"]', (), ("user", "standard")),
    # Names are compared to the character.
    (["Admins", "/admins", "admins ", "ädmins"], (), ("user", "standard")),
    (["STAFF"], ("staff",), None),
    # What is no text is no group.
    ([["admins"]], (), ("user", "standard")),
    ([{"name": "admins"}], (), ("user", "standard")),
    ([None, 7, True, "admins"], (), ("admin", "standard")),
    ({"admins": True}, (), ("user", "standard")),
    (True, (), ("user", "standard")),
    (7, ("7",), None),
    ("", ("staff",), None),
]


@pytest.mark.parametrize(("claim", "user_groups", "expected"), ROLES)
def test_groups_make_role_and_tier(
    issuer: Issuer, claim: Any, user_groups: tuple[str, ...], expected: tuple[str, str] | None
) -> None:
    oidc = verifier(issuer, user_groups=user_groups)
    token = issuer.token(groups=claim)
    if expected is None:
        with pytest.raises(Forbidden, match=r"^none of the groups of oidc:ada may use this API$"):
            oidc.caller(token)
    else:
        caller = oidc.caller(token)
        assert (caller.role, caller.tier) == expected


@pytest.mark.parametrize("claim", ["cognito:groups", "roles", "https://example.com/groups"])
def test_groups_are_in_the_claim_that_is_named(issuer: Issuer, claim: str) -> None:
    oidc = verifier(issuer, groups_claim=claim)
    claims: dict[str, Any] = {claim: ["admins"]}

    assert oidc.caller(issuer.token(**claims)).role == "admin"
    assert oidc.caller(issuer.token(groups=["admins"])).role == "user"


def test_name_of_the_claim_is_no_path(issuer: Issuer) -> None:
    oidc = verifier(issuer, groups_claim="realm_access.roles")
    claims: dict[str, Any] = {"realm_access.roles": ["admins"]}

    assert oidc.caller(issuer.token(realm_access={"roles": ["admins"]})).role == "user"
    assert oidc.caller(issuer.token(**claims)).role == "admin"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b.c", True),
        ("eyJhbGciOiJSUzI1NiJ9.e30.AA-_", True),
        ("", False),
        ("..", False),
        ("a.b", False),
        ("a.b.", False),
        (".b.c", False),
        ("a..c", False),
        ("a.b.c.d", False),
        ("a.b.c.d.e", False),
        ("a.b.c\n", False),
        ("a.b.c=", False),
        ("a.b.c+/", False),
        ("a.b.ç", False),
        ("9f86d081884c7d659a2feaa0c55ad015", False),
    ],
)
def test_form_of_a_jwt(text: str, expected: bool) -> None:
    assert looks_like_jwt(text) is expected


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in SETTINGS:
        monkeypatch.setenv(f"OIDC_{name}", "")
    open_id_connect.cache_clear()
    yield monkeypatch
    open_id_connect.cache_clear()


def test_deployment_without_an_issuer_trusts_none(environment: pytest.MonkeyPatch) -> None:
    assert open_id_connect() is None
    environment.delenv("OIDC_ISSUER")
    open_id_connect.cache_clear()
    assert open_id_connect() is None


def test_issuer_without_an_audience_is_a_mistake(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OIDC_ISSUER", "https://accounts.example.com")
    with pytest.raises(MissingSetting, match="OIDC_AUDIENCE"):
        open_id_connect()


def test_settings_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OIDC_ISSUER", "https://accounts.example.com/")
    environment.setenv("OIDC_AUDIENCE", "api")
    environment.setenv("OIDC_ADMIN_GROUPS", "admins, Domain Admins ,")

    oidc = open_id_connect()
    assert oidc is open_id_connect()
    assert oidc is not None
    assert (oidc.issuer, oidc.keys.issuer) == ("https://accounts.example.com/",) * 2
    assert (oidc.audience, oidc.groups_claim) == ("api", "groups")
    assert oidc.admin_groups == ("admins", "Domain Admins")
    assert oidc.user_groups == oidc.premium_groups == ()


@pytest.mark.parametrize(
    ("issuer_name", "is_taken"),
    [
        ("", True),
        ("https://accounts.example.com", True),
        ("https://example.eu.auth0.com/", True),
        ("https://login.example.com:8443/realms/main", True),
        ("http://127.0.0.1:8080", True),
        ("http://127.0.0.1:8080/realms/main", True),
        ("http://127.0.0.1", False),
        ("http://127.0.0.1.example.com:80", False),
        ("http://accounts.example.com", False),
        ("https://", False),
        ("https://user:password@accounts.example.com", False),
        ("https://accounts.example.com?x=1", False),
        ("https://accounts.example.com/#x", False),
        ("https://accounts.example.com/ x", False),
        ("accounts.example.com", False),
    ],
)
def test_template_takes_an_issuer_that_can_be_asked(issuer_name: str, is_taken: bool) -> None:
    pattern = read_template()["Parameters"]["OidcIssuer"]["AllowedPattern"]

    assert (re.fullmatch(pattern, issuer_name) is not None) is is_taken


def test_template_gives_the_authorizer_each_setting() -> None:
    template = read_template()
    variables = template["Resources"]["AuthorizerFunction"]["Properties"]["Environment"]["Variables"]
    given = {name: value["Ref"] for name, value in variables.items() if name.startswith("OIDC_")}

    assert set(given) == {f"OIDC_{name}" for name in SETTINGS}
    assert set(given.values()) == {name for name in template["Parameters"] if name.startswith("Oidc")}


def test_neither_pyjwt_nor_cryptography_is_loaded_before_a_jwt_comes() -> None:
    program = """
import sys
from workflows.services.oidc import looks_like_jwt, open_id_connect
assert not looks_like_jwt("9f86d081884c7d659a2feaa0c55ad015")
assert open_id_connect() is not None
heavy = {"jwt", "cryptography", "urllib3", "workflows.adapters.outbound_http"} & set(sys.modules)
sys.exit(f"loaded: {heavy}" if heavy else 0)
"""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={
            "PYTHONPATH": str(ROOT / "layers" / "workflows"),
            "OIDC_ISSUER": "https://accounts.example.com",
            "OIDC_AUDIENCE": "api",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
