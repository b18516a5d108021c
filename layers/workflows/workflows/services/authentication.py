"""Who a bearer token belongs to."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import cache

from workflows.adapters.stores import token_store
from workflows.adapters.tokens import TokenStore
from workflows.domain.access import Caller, hash_secret
from workflows.domain.errors import Unauthenticated

# RFC 6750, 2.1; the bound keeps a hostile header from costing a hash of megabytes.
_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/-]{16,512}=*)")

ANONYMOUS = Caller("anonymous")


@dataclass(frozen=True, slots=True)
class Authentication:
    tokens: TokenStore

    def caller(self, authorization: str | None) -> Caller:
        """The caller that an Authorization header names; without one, an anonymous one.

        Raises:
            Unauthenticated: It is not a bearer token, or the token is unknown or has expired.
        """
        if authorization is None:
            return ANONYMOUS
        match = _BEARER.fullmatch(authorization.strip())
        token = self.tokens.find(hash_secret(match.group(1))) if match else None
        if token is None or not token.is_valid(time.time()):
            raise Unauthenticated("the bearer token is not valid")
        return Caller(token.role, token.user_id)


@cache
def authentication() -> Authentication:
    return Authentication(token_store())
