"""JSON Web Key Sets (RFC 7517): which of an issuer's keys verify tokens, and by which algorithms.

Import it only where keys are needed: it loads PyJWT and cryptography, which takes a tenth of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jwt import PyJWK
from jwt.exceptions import PyJWTError

_RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
# None is symmetric: a public key must never do as a secret (RFC 8725, section 2.1).
ALGORITHMS = frozenset({*_RSA_ALGORITHMS, "ES256", "ES384", "ES512", "EdDSA"})

_CURVES = {"EC": ("P-256", "P-384", "P-521"), "OKP": ("Ed25519",)}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key.

    Attributes:
        public_key: As cryptography has it.
        algorithms: Those that a token may be signed by with it, never empty: the JWK's own `alg`, or
            all that suit its type and curve.
    """

    public_key: Any
    algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of a set that can verify, which is all that is kept of it.

    Attributes:
        by_id: Those that have a `kid`.
        only: The one of a set that has just one, with a `kid` or without.
    """

    by_id: dict[str, SigningKey]
    only: SigningKey | None

    def find(self, kid: str | None) -> SigningKey | None:
        """The key that a token names; one that names none means the only one of the set."""
        return self.only if kid is None else self.by_id.get(kid)


def read_key_set(document: Any) -> KeySet:
    """Takes what can verify from a JWK Set and leaves out the rest, broken keys and secret ones included.

    Args:
        document: The set as parsed JSON, of whatever shape.

    Raises:
        ValueError: It is no set, or no key in it can verify.
    """
    jwks = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(jwks, list):
        raise ValueError("it is not a set of keys")
    # Not by PyJWKSet: a key whose `alg` is of the wrong type costs it all the others.
    keys = [(jwk.get("kid"), key) for jwk in jwks if isinstance(jwk, dict) and (key := _read(jwk))]
    if not keys:
        raise ValueError("no key in it can verify a token")
    by_id = {kid: key for kid, key in reversed(keys) if isinstance(kid, str)}
    return KeySet(by_id, keys[0][1] if len(keys) == 1 else None)


def _read(jwk: dict[str, Any]) -> SigningKey | None:
    algorithm = jwk.get("alg")
    is_allowed = algorithm is None or (isinstance(algorithm, str) and algorithm in ALGORITHMS)
    if not (is_allowed and _is_of_known_type(jwk) and _is_for_verifying(jwk)):
        return None
    try:
        parsed = PyJWK(jwk)
        # Of an EC key, only this compares the curve with the algorithm.
        public_key = parsed.Algorithm.prepare_key(parsed.key)
    except PyJWTError:
        return None
    if parsed.Algorithm.check_key_length(public_key) is not None:
        return None
    # PyJWT takes an RSA key without `alg` for one of RS256 alone.
    is_any_rsa = algorithm is None and jwk["kty"] == "RSA"
    return SigningKey(public_key, _RSA_ALGORITHMS if is_any_rsa else (parsed.algorithm_name,))


def _is_of_known_type(jwk: dict[str, Any]) -> bool:
    kty = jwk.get("kty")
    return kty == "RSA" or (isinstance(kty, str) and jwk.get("crv") in _CURVES.get(kty, ()))


def _is_for_verifying(jwk: dict[str, Any]) -> bool:
    operations = jwk.get("key_ops", ["verify"])
    # A private key that is published is anybody's.
    return (
        jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and "d" not in jwk
    )
