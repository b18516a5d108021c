"""Tokens that somebody made up or altered."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.issuer import (
    DISCOVERY_PATH,
    HEADER,
    KEYS_PATH,
    Issuer,
    by_main_key,
    ec_key,
    ed_key,
    forge,
    jwk,
    reason,
    rsa_key,
    verifier,
)
from tests.loopback import MakeServer
from workflows.domain.access import Caller
from workflows.services.oidc import MAX_TOKEN_CHARACTERS, OpenIdConnect

UNREADABLE = "the token cannot be read"
NOT_ALLOWED = "the token's algorithm is not allowed"
NOT_OF_KEY = "the token's algorithm is not one of its key"
NO_SUCH_KEY = "the token's key is not one of the issuer's"
NOT_SIGNED = "the token's signature is not by its key"
NO_JWT = "the token is not a JWT"


@pytest.fixture
def oidc(issuer: Issuer) -> OpenIdConnect:
    return verifier(issuer)


def by_secret(secret: bytes, digest: str = "sha256") -> Callable[[bytes], bytes]:
    return lambda signed: hmac.digest(secret, signed, digest)


def test_forged_by_hand_a_good_token_is_good(oidc: OpenIdConnect, issuer: Issuer) -> None:
    """So what is refused below is refused for what is wrong with it."""
    assert oidc.caller(forge(HEADER, issuer.claims(), by_main_key)) == Caller("user", "oidc:ada", "standard")


# ---------------------------------------------------------------------- algorithms


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, False, 0, [], ["none"]])
@pytest.mark.parametrize("signature", [b"x", b"\x00" * 256])
def test_unsigned_token_is_refused_and_costs_no_fetch(
    oidc: OpenIdConnect, issuer: Issuer, algorithm: Any, signature: bytes
) -> None:
    token = forge({"alg": algorithm, "kid": "main"}, issuer.claims(), lambda _: signature)

    assert reason(oidc, token) == NOT_ALLOWED
    assert issuer.paths == []


def test_unsigned_token_with_an_empty_signature_is_refused(oidc: OpenIdConnect, issuer: Issuer) -> None:
    assert reason(oidc, forge({"alg": "none"}, issuer.claims(), lambda _: b"")) == NO_JWT


def test_token_without_algorithm_is_refused(oidc: OpenIdConnect, issuer: Issuer) -> None:
    assert reason(oidc, forge({"kid": "main"}, issuer.claims(), by_main_key)) == NOT_ALLOWED


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")]
)
def test_public_key_is_no_secret(oidc: OpenIdConnect, issuer: Issuer, algorithm: str, digest: str) -> None:
    public = rsa_key("main").public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    published = issuer.keys[0]
    secrets = [
        pem,
        pem.rstrip(),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        json.dumps(published).encode(),
        json.dumps(published, separators=(",", ":"), sort_keys=True).encode(),
        published["n"].encode(),
        b"",
    ]
    for secret in secrets:
        token = forge({"alg": algorithm, "kid": "main"}, issuer.claims(), by_secret(secret, digest))
        assert reason(oidc, token) == NOT_ALLOWED


def test_secret_key_in_the_set_signs_nothing(oidc: OpenIdConnect, issuer: Issuer) -> None:
    secret = b"x" * 64
    issuer.keys.append({"kty": "oct", "k": "eHh4" * 21 + "eA", "kid": "secret"})

    token = forge({"alg": "HS256", "kid": "secret"}, issuer.claims(), by_secret(secret))
    assert reason(oidc, token) == NOT_ALLOWED
    token = forge({"alg": "RS256", "kid": "secret"}, issuer.claims(), by_secret(secret))
    assert reason(oidc, token) == NO_SUCH_KEY


def test_algorithm_must_be_the_one_that_the_key_states(oidc: OpenIdConnect, issuer: Issuer) -> None:
    assert issuer.keys[0]["alg"] == "RS256"
    for algorithm in ("RS512", "PS256"):
        assert reason(oidc, issuer.token(algorithm=algorithm)) == NOT_OF_KEY


@pytest.mark.parametrize("algorithm", ["ES256", "ES512", "EdDSA", "RS256", "PS256"])
def test_algorithm_must_suit_the_type_and_curve_of_the_key(
    oidc: OpenIdConnect, issuer: Issuer, algorithm: str
) -> None:
    issuer.keys.append(jwk(ec_key("a", ec.SECP384R1), "curve"))
    keys: dict[str, Any] = {"ES256": ec_key("a"), "ES512": ec_key("a", ec.SECP521R1), "EdDSA": ed_key("a")}
    token = issuer.token(keys.get(algorithm, rsa_key("main")), algorithm, "curve")

    assert reason(oidc, token) == NOT_OF_KEY


def test_curve_of_bitcoin_is_refused(oidc: OpenIdConnect, issuer: Issuer) -> None:
    issuer.keys.append(jwk(ec_key("a", ec.SECP256K1), "curve"))

    assert reason(oidc, issuer.token(ec_key("a", ec.SECP256K1), "ES256K", "curve")) == NOT_ALLOWED


# ---------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "other",
        "MAIN",
        "main ",
        "main\x00",
        "../../../../etc/passwd",
        "/dev/null",
        "file:///dev/null",
        "https://attacker.example.com/keys",
        "' OR '1'='1",
        "main'; DROP TABLE keys; --",
        "$(id)",
        "{{7*7}}",
        "__class__",
        "x" * 5_000,
    ],
)
def test_kid_is_a_name_and_no_more(oidc: OpenIdConnect, issuer: Issuer, kid: str) -> None:
    assert reason(oidc, issuer.token(kid=kid)) == NO_SUCH_KEY
    assert issuer.paths == [DISCOVERY_PATH, KEYS_PATH]


@pytest.mark.parametrize("kid", [None, 0, 7, True, [], ["main"], {}, {"main": "main"}])
def test_kid_that_is_no_text_is_refused(oidc: OpenIdConnect, issuer: Issuer, kid: Any) -> None:
    assert reason(oidc, forge({"alg": "RS256", "kid": kid}, issuer.claims(), by_main_key)) == UNREADABLE


def test_kid_of_ten_kilobytes_is_too_long_to_be_read(oidc: OpenIdConnect, issuer: Issuer) -> None:
    assert reason(oidc, issuer.token(kid="x" * 10_000)) == "the token is too long"


@pytest.mark.parametrize("kid", ["main", "attacker", None])
def test_key_that_a_token_brings_along_is_ignored(
    oidc: OpenIdConnect, issuer: Issuer, make_server: MakeServer, kid: str | None
) -> None:
    attacker = make_server()
    theirs = rsa_key("attacker")
    issuer.keys.append(jwk(ec_key("other"), "other"))
    header = {
        "jku": attacker.url("/keys"),
        "x5u": attacker.url("/certificate"),
        "jwk": jwk(theirs, "attacker"),
        "x5c": ["MIIB"],
        "iss": attacker.url(""),
    }

    assert reason(oidc, issuer.token(theirs, kid=kid, header=header)) in (NOT_SIGNED, NO_SUCH_KEY)
    assert attacker.seen == []
    assert oidc.caller(issuer.token(header=header)).user_id == "oidc:ada"
    assert attacker.seen == []


def test_signature_by_another_key_under_a_right_kid_is_refused(oidc: OpenIdConnect, issuer: Issuer) -> None:
    issuer.keys.append(jwk(rsa_key("second"), "second"))

    assert reason(oidc, issuer.token(rsa_key("attacker"))) == NOT_SIGNED
    assert reason(oidc, issuer.token(rsa_key("second"))) == NOT_SIGNED


@pytest.mark.parametrize("members", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "RSA-OAEP"}])
def test_key_that_is_not_for_signing_signs_nothing(
    oidc: OpenIdConnect, issuer: Issuer, members: dict[str, Any]
) -> None:
    issuer.keys.append(jwk(rsa_key("second"), "second", **members))

    assert reason(oidc, issuer.token(rsa_key("second"), kid="second")) == NO_SUCH_KEY


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_key_that_can_be_factored_signs_nothing(oidc: OpenIdConnect, issuer: Issuer) -> None:
    issuer.keys.append(jwk(rsa_key("weak", 1_024), "weak"))

    assert reason(oidc, issuer.token(rsa_key("weak", 1_024), kid="weak")) == NO_SUCH_KEY


# ---------------------------------------------------------------------- what was signed


def test_altered_payload_is_refused(oidc: OpenIdConnect, issuer: Issuer) -> None:
    header, _, signature = issuer.token().split(".")
    _, payload, _ = forge(HEADER, issuer.claims(groups=["admins"]), by_main_key).split(".")

    assert reason(oidc, f"{header}.{payload}.{signature}") == NOT_SIGNED


def test_altered_header_is_refused(oidc: OpenIdConnect, issuer: Issuer) -> None:
    _, payload, signature = issuer.token().split(".")
    header = forge({**HEADER, "typ": "at+jwt"}, b"{}", by_main_key).split(".")[0]

    assert reason(oidc, f"{header}.{payload}.{signature}") == NOT_SIGNED


@pytest.mark.parametrize(
    "change",
    [lambda _: b"\x00", lambda whole: whole[:-1], lambda whole: whole[1:], lambda whole: whole + b"\x00"],
)
def test_signature_is_taken_whole(
    oidc: OpenIdConnect, issuer: Issuer, change: Callable[[bytes], bytes]
) -> None:
    token = forge(HEADER, issuer.claims(), lambda signed: change(by_main_key(signed)))

    assert reason(oidc, token) == NOT_SIGNED


@pytest.mark.parametrize(
    "form", ["{0}.{1}.", "{0}.{1}", "{0}..{2}", "{0}.{1}.{2}==", "{0}.{1}.{2}\n", " {0}.{1}.{2}"]
)
def test_token_has_three_parts_and_nothing_else(oidc: OpenIdConnect, issuer: Issuer, form: str) -> None:
    assert reason(oidc, form.format(*issuer.token().split("."))) == NO_JWT


def test_signature_has_one_form_alone(oidc: OpenIdConnect, issuer: Issuer) -> None:
    """The last character of 256 bytes carries two bits: others decode alike, and are another token."""
    token = issuer.token()
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(token[-1])
    alias = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]

    assert reason(oidc, token[:-1] + alias) == UNREADABLE


@pytest.mark.parametrize("signature", [b"\x00" * 64, b"\x00" * 32 + b"\x01" * 32, b"\x01", b"\x00" * 65])
def test_empty_ecdsa_signature_is_refused(oidc: OpenIdConnect, issuer: Issuer, signature: bytes) -> None:
    """As Java took it: CVE-2022-21449."""
    issuer.keys.append(jwk(ec_key("a"), "curve"))
    token = forge({"alg": "ES256", "kid": "curve"}, issuer.claims(), lambda _: signature)

    assert reason(oidc, token) == NOT_SIGNED


NO_OBJECTS = [b"", b"x", b"null", b"[]", b'["iss"]', b'"RS256"', b"7", b"{", b"\xff\xfe", b"[" * 3_000]


@pytest.mark.parametrize("header", NO_OBJECTS)
def test_header_that_is_no_object_is_refused(oidc: OpenIdConnect, issuer: Issuer, header: bytes) -> None:
    token = forge(header, issuer.claims(), by_main_key)

    assert reason(oidc, token) == (UNREADABLE if header else NO_JWT)
    assert issuer.paths == []


@pytest.mark.parametrize("payload", NO_OBJECTS)
def test_payload_that_is_no_object_is_refused(oidc: OpenIdConnect, payload: bytes) -> None:
    assert reason(oidc, forge(HEADER, payload, by_main_key)) == (UNREADABLE if payload else NO_JWT)


@pytest.mark.parametrize(
    "extension",
    [
        {"crit": ["exp"], "exp": 7},
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"crit": ["unknown"], "unknown": 1},
        {"crit": ["missing"]},
        {"crit": []},
        {"crit": None},
        {"crit": "b64"},
        {"b64": False},
    ],
)
def test_token_that_demands_extensions_is_refused(
    oidc: OpenIdConnect, issuer: Issuer, extension: dict[str, Any]
) -> None:
    token = forge({**HEADER, **extension}, issuer.claims(), by_main_key)

    assert reason(oidc, token) in (UNREADABLE, "the token demands extensions")


def test_encrypted_token_is_refused(oidc: OpenIdConnect) -> None:
    assert reason(oidc, "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d") == NO_JWT


def test_of_members_that_come_twice_the_last_counts_each_time(oidc: OpenIdConnect, issuer: Issuer) -> None:
    """RFC 7519, section 4, lets a reader refuse them or take the last: two readings would be the danger."""
    claims = json.dumps(issuer.claims())[1:]
    assert oidc.caller(forge(HEADER, f'{{"sub":"eve",{claims}'.encode(), by_main_key)).user_id == "oidc:ada"
    assert oidc.caller(
        forge(b'{"alg":"none","alg":"RS256","kid":"x","kid":"main"}', issuer.claims(), by_main_key)
    )
    unsigned = forge(b'{"alg":"RS256","alg":"none","kid":"main"}', issuer.claims(), by_main_key)
    assert reason(oidc, unsigned) == NOT_ALLOWED
    expired = forge(HEADER, f'{{{claims[:-1]},"exp":7}}'.encode(), by_main_key)
    assert reason(oidc, expired) == "the token has expired"


def test_token_has_8000_characters_at_most(oidc: OpenIdConnect, issuer: Issuer) -> None:
    def padded(characters: int) -> str:
        return issuer.token(padding="x" * characters)

    # Three characters of the payload make four of the token, give or take the last.
    fitting = (MAX_TOKEN_CHARACTERS - len(padded(0))) * 3 // 4
    assert MAX_TOKEN_CHARACTERS - 4 <= len(padded(fitting - 1)) <= MAX_TOKEN_CHARACTERS
    assert oidc.caller(padded(fitting - 1)).user_id == "oidc:ada"
    assert reason(oidc, padded(fitting + 4)) == "the token is too long"
    assert reason(oidc, "a." * 50_000_000) == "the token is too long"
