"""Which keys of a set are taken to verify tokens."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from jwt.algorithms import HMACAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.issuer import ec_key, ed_key, jwk, rsa_key
from workflows.adapters.jwk_sets import ALGORITHMS, read_key_set

GOOD = jwk(rsa_key("good"), "good")
RSA_ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}


@pytest.mark.parametrize(
    ("key", "algorithms"),
    [
        (jwk(rsa_key("a")), RSA_ALGORITHMS),
        (jwk(rsa_key("a"), alg="PS384"), {"PS384"}),
        (jwk(rsa_key("a"), use="sig", alg="RS256", key_ops=["verify"]), {"RS256"}),
        (jwk(ec_key("a")), {"ES256"}),
        (jwk(ec_key("a", ec.SECP384R1)), {"ES384"}),
        (jwk(ec_key("a", ec.SECP521R1), alg="ES512"), {"ES512"}),
        (jwk(ed_key("a")), {"EdDSA"}),
    ],
)
def test_key_verifies_by_what_it_says_or_else_by_what_suits_it(
    key: dict[str, Any], algorithms: set[str]
) -> None:
    taken = read_key_set({"keys": [key]}).only

    assert taken is not None
    assert set(taken.algorithms) == algorithms <= ALGORITHMS


def ed448_jwk(**members: Any) -> dict[str, Any]:
    return {**OKPAlgorithm.to_jwk(ed448.Ed448PrivateKey.generate().public_key(), as_dict=True), **members}


UNFIT: dict[str, Any] = {
    "for encryption": jwk(rsa_key("a"), "bad", use="enc"),
    "for an operation that is not verifying": jwk(rsa_key("a"), "bad", key_ops=["encrypt"]),
    "operations are no list": jwk(rsa_key("a"), "bad", key_ops="verify"),
    "algorithm of encryption": jwk(rsa_key("a"), "bad", alg="RSA-OAEP"),
    "symmetric": {**HMACAlgorithm.to_jwk(b"x" * 64, as_dict=True), "kid": "bad"},
    "symmetric, said to be for RS256": {**HMACAlgorithm.to_jwk(b"x" * 64, as_dict=True), "alg": "RS256"},
    "RSA, said to be for HS256": jwk(rsa_key("a"), "bad", alg="HS256"),
    "RSA, said to be for none": jwk(rsa_key("a"), "bad", alg="none"),
    "RSA, said to be for ES256": jwk(rsa_key("a"), "bad", alg="ES256"),
    "P-384, said to be for ES256": jwk(ec_key("a", ec.SECP384R1), "bad", alg="ES256"),
    "curve of Bitcoin": jwk(ec_key("a", ec.SECP256K1), "bad"),
    "curve of Bitcoin, said to be for ES256": jwk(ec_key("a", ec.SECP256K1), "bad", alg="ES256"),
    "Ed448": ed448_jwk(kid="bad"),
    "Ed448, said to be for EdDSA": ed448_jwk(kid="bad", alg="EdDSA"),
    "RSA of 1024 bits": jwk(rsa_key("weak", 1_024), "bad"),
    "private": {**RSAAlgorithm.to_jwk(rsa_key("a"), as_dict=True), "kid": "bad", "key_ops": ["verify"]},
    "modulus missing": {**jwk(rsa_key("a"), "bad"), "n": None},
    "modulus is a number": {**jwk(rsa_key("a"), "bad"), "n": 7},
    "modulus is not base64url": {**jwk(rsa_key("a"), "bad"), "n": "ä"},
    "exponent even": {**jwk(rsa_key("a"), "bad"), "e": "AAAC"},
    "point not on the curve": {**jwk(ec_key("a"), "bad"), "x": jwk(ec_key("b"))["x"]},
    "coordinate too short": {**jwk(ec_key("a"), "bad"), "x": "AAAA"},
    "algorithm is a list": {**jwk(rsa_key("a"), "bad"), "alg": ["RS256"]},
    "type is a list": {**jwk(rsa_key("a"), "bad"), "kty": ["RSA"]},
    "type unknown": {"kty": "XYZ", "kid": "bad"},
    "curve is a list": {**jwk(ec_key("a"), "bad"), "crv": ["P-256"]},
    "empty": {},
    "no object": "key",
    "null": None,
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
def test_unfit_key_is_left_out_and_spoils_no_other(unfit: Any) -> None:
    keys = read_key_set({"keys": [unfit, GOOD, unfit]})

    assert set(keys.by_id) == {"good"}
    assert keys.only is not None
    with pytest.raises(ValueError, match="no key in it can verify"):
        read_key_set({"keys": [unfit]})


def test_library_lets_one_broken_key_spoil_the_others() -> None:
    """Why the keys are read one by one; when this fails, PyJWKSet may do."""
    with pytest.raises(TypeError):
        jwt.PyJWKSet.from_dict({"keys": [GOOD, {**GOOD, "alg": ["RS256"]}]})


@pytest.mark.parametrize("document", [None, [], "keys", {}, {"keys": None}, {"keys": {}}, {"keys": []}])
def test_what_is_no_set_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match=r"not a set|no key"):
        read_key_set(document)


def test_token_without_kid_means_the_only_key() -> None:
    unnamed, named = jwk(rsa_key("a")), jwk(ec_key("b"), "b")

    assert read_key_set({"keys": [unnamed]}).find(None) is not None
    assert read_key_set({"keys": [named, jwk(rsa_key("c"), "c", use="enc")]}).find(None) is not None
    assert read_key_set({"keys": [named, unnamed]}).find(None) is None


def test_token_with_kid_never_means_a_key_without() -> None:
    keys = read_key_set({"keys": [jwk(rsa_key("a"), kid=None), {**jwk(rsa_key("b")), "kid": 7}]})

    assert keys.by_id == {}
    assert keys.find("") is None
    assert keys.find("7") is None


def test_first_of_two_keys_with_the_same_kid_counts() -> None:
    keys = read_key_set({"keys": [jwk(ec_key("a"), "same"), jwk(rsa_key("b"), "same")]})

    found = keys.find("same")
    assert found is not None
    assert found.algorithms == ("ES256",)
