"""Callers who bring a JSON Web Token of an OpenID Connect issuer, and what their groups make of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from workflows.adapters.environment import listed, optional, required
from workflows.adapters.signing_keys import SigningKeys
from workflows.domain.access import OIDC_PREFIX, Caller, Tier
from workflows.domain.errors import Forbidden, Unauthenticated

MAX_TOKEN_CHARACTERS = 8_000

# RFC 7515, section 3.1: the compact serialization, each part base64url without padding.
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# `#` separates the parts of keys in our tables.
_SUBJECT = re.compile(r'[!-"$-~]{1,128}')


def looks_like_jwt(text: str) -> bool:
    """Whether it has the form of a signed JWT; nothing is decoded."""
    return _JWT.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class OpenIdConnect:
    """Verifies the tokens of one issuer.

    Attributes:
        issuer: What `iss` must be, to the character.
        audience: What `aud` must be or contain.
        groups_claim: The claim, of the top level, that holds the groups.
        admin_groups: Any of them makes an admin.
        user_groups: Any of them makes a user; if there are none here, everybody is one.
        premium_groups: Any of them gives the premium tier.
    """

    issuer: str
    audience: str
    groups_claim: str
    admin_groups: tuple[str, ...]
    user_groups: tuple[str, ...]
    premium_groups: tuple[str, ...]
    keys: SigningKeys

    def caller(self, token: str) -> Caller:
        """The caller whom a token names.

        Raises:
            Unauthenticated: The token is not good; why is for the log, and quotes nothing of it.
            Forbidden: It is good, and neither users nor admins have any of its groups.
            Unavailable: The issuer's keys cannot be fetched.
        """
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise Unauthenticated("the token is too long")
        if not looks_like_jwt(token):
            raise Unauthenticated("the token is not a JWT")
        # PyJWT and cryptography make a cold start slower by a tenth of a second, and most need neither.
        from workflows.adapters.jwts import named_key, verified_claims

        key = self.keys.find(named_key(token))
        if key is None:
            raise Unauthenticated("the token's key is not one of the issuer's")
        claims = verified_claims(token, key, self.issuer, self.audience)
        if not _SUBJECT.fullmatch(claims["sub"]):
            raise Unauthenticated("the token's subject cannot be a user id")
        groups = _groups(claims.get(self.groups_claim))
        tier: Tier = "standard" if groups.isdisjoint(self.premium_groups) else "premium"
        user_id = OIDC_PREFIX + claims["sub"]
        if not groups.isdisjoint(self.admin_groups):
            return Caller("admin", user_id, tier)
        if self.user_groups and groups.isdisjoint(self.user_groups):
            raise Forbidden(f"none of the groups of {user_id} may use this API")
        return Caller("user", user_id, tier)


def _groups(claim: Any) -> frozenset[str]:
    """The groups of a claim: a list of names, or one name as text; what is neither is no group.

    Cognito, Entra ID, Okta and Keycloak send lists; AD FS, and Keycloak by a mapper that is not multivalued,
    send text for a single one. It is not split: names may hold spaces and commas.
    """
    names = claim if isinstance(claim, list) else [claim]
    return frozenset(name for name in names if isinstance(name, str))


@cache
def open_id_connect() -> OpenIdConnect | None:
    """The verifier of the issuer that the deployment trusts; None where it trusts none.

    Raises:
        MissingSetting: An issuer is set, and no audience.
    """
    issuer = optional("OIDC_ISSUER")
    if not issuer:
        return None
    return OpenIdConnect(
        issuer=issuer,
        audience=required("OIDC_AUDIENCE"),
        groups_claim=optional("OIDC_GROUPS_CLAIM", "groups"),
        admin_groups=listed("OIDC_ADMIN_GROUPS"),
        user_groups=listed("OIDC_USER_GROUPS"),
        premium_groups=listed("OIDC_PREMIUM_GROUPS"),
        keys=SigningKeys(issuer),
    )
