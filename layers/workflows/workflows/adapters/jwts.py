"""JSON Web Tokens (RFC 7519), read and verified by PyJWT, whose errors become ours.

Import it only where a token is to be verified: PyJWT and cryptography take a tenth of a second to load. Every
error is an `Unauthenticated` whose detail is one of a few texts, and quotes nothing of the token.
"""

from __future__ import annotations

from typing import Any

import jwt
from jwt import exceptions

from workflows.adapters.jwk_sets import ALGORITHMS, SigningKey
from workflows.domain.errors import Unauthenticated

LEEWAY_SECONDS = 30
"""By how much an issuer's clock and ours may differ."""

_TYPES = frozenset({"jwt", "at+jwt"})
"""An issuer signs others by the same keys, e.g. `logout+jwt` (RFC 8725, section 3.11)."""

REQUIRED_CLAIMS = ("exp", "iss", "aud", "sub")

_UNREADABLE = "the token cannot be read"
# From the narrow to the wide: some of them are DecodeErrors too.
_REASONS: tuple[tuple[type[exceptions.PyJWTError], str], ...] = (
    (exceptions.ExpiredSignatureError, "the token has expired"),
    (exceptions.ImmatureSignatureError, "the token is not valid yet"),
    (exceptions.InvalidAudienceError, "the token is for another audience"),
    (exceptions.InvalidIssuerError, "the token is of another issuer"),
    (exceptions.InvalidSubjectError, "the token's subject is not a string"),
    (exceptions.InvalidAlgorithmError, "the token's algorithm is not one of its key"),
    (exceptions.InvalidSignatureError, "the token's signature is not by its key"),
)


def named_key(token: str) -> str | None:
    """The `kid` of a token's header, which nobody has vouched for; None where it names none.

    Raises:
        Unauthenticated: The header cannot be read, its algorithm or type is not allowed, or it demands
            extensions.
    """
    try:
        header = jwt.get_unverified_header(token)
    except exceptions.PyJWTError:
        raise Unauthenticated(_UNREADABLE) from None
    # RFC 7515, section 4.1.11. PyJWT understands `b64`, which a JWT must not use (RFC 7797, section 7).
    if "crit" in header:
        raise Unauthenticated("the token demands extensions")
    if str(header.get("typ", "JWT")).lower().removeprefix("application/") not in _TYPES:
        raise Unauthenticated("the token is of a type that is not for calls")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Unauthenticated("the token's algorithm is not allowed")
    return header.get("kid")


def verified_claims(token: str, key: SigningKey, issuer: str, audience: str) -> dict[str, Any]:
    """The claims of a token that `key` signed, `issuer` issued for `audience`, and that is valid now.

    Raises:
        Unauthenticated: It is not such a token, or lacks one of `REQUIRED_CLAIMS`.
    """
    try:
        return jwt.decode(
            token,
            key.public_key,
            # The key's own, not the header's: the header is the attacker's (RFC 8725, section 3.1).
            algorithms=key.algorithms,
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED_CLAIMS), "enforce_minimum_key_length": True},
        )
    except exceptions.MissingRequiredClaimError as error:
        raise Unauthenticated(f"the token has no {error.claim}") from None
    except exceptions.PyJWTError as error:
        raise Unauthenticated(_reason(error)) from None


def _reason(error: exceptions.PyJWTError) -> str:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), _UNREADABLE)
