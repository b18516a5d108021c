"""Who a bearer token belongs to."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from functools import cache

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.environment import required
from workflows.adapters.stores import user_store
from workflows.adapters.users import UserStore
from workflows.domain.access import Caller, Tier, matches_hash
from workflows.domain.errors import Unauthenticated
from workflows.domain.times import day_of, now
from workflows.domain.token import Token, TokenText
from workflows.domain.transitions import later
from workflows.services.oidc import OpenIdConnect, looks_like_jwt, open_id_connect

logger = logging.getLogger(__name__)

# RFC 6750, 2.1. API Gateway takes no more of headers than 10,240 bytes.
_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/-]{1,8000}=*)")

_UNKNOWN_SECONDS = 300
"""How long API Gateway may not know a new key: it would refuse calls that it is named for."""

_NO_HASH = "0" * 64
"""What the secret of an unknown token is compared with, so that it takes as long as a known one's."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who calls, and how the call is metered.

    Attributes:
        usage_key: Value of the API key by which API Gateway meters the call.
    """

    caller: Caller
    usage_key: str


@dataclass(frozen=True, slots=True)
class Authentication:
    """Finds out who calls.

    Attributes:
        oidc: None where the stack trusts no identity provider.
        usage_key_suffix: What the values of the tiers' common API keys end in.
    """

    users: UserStore
    oidc: OpenIdConnect | None
    usage_key_suffix: str

    def authenticate(self, authorization: str | None, address: str) -> Authenticated:
        """The caller that an Authorization header names; without one, an anonymous one.

        Raises:
            Unauthenticated: It names nobody; the detail says why, and is for logs alone.
            Forbidden: The identity provider's user may not use this API.
            Unavailable: The identity provider's keys cannot be had.
        """
        if authorization is None:
            return self._metered(Caller("anonymous"), address)
        match = _BEARER.fullmatch(authorization.strip())
        if match is None:
            raise Unauthenticated("the header holds no bearer token")
        text = match[1]
        if self.oidc is not None and looks_like_jwt(text):
            return self._metered(self.oidc.caller(text), address)
        parsed = TokenText.parse(text)
        if parsed is None:
            raise Unauthenticated("the token is malformed")
        return self._owner(parsed, address)

    def _owner(self, text: TokenText, address: str) -> Authenticated:
        user, token = self.users.find(text.user_id, text.token_id) or (None, None)
        is_right = matches_hash(text.secret, token.secret_hash if token else _NO_HASH)
        if user is None or token is None or not is_right:
            raise Unauthenticated("the token is unknown")
        at = now()
        if not token.is_valid(at):
            raise Unauthenticated("the token has expired")
        self._note_use(token, day_of(at))
        is_known = later(user.created_at, _UNKNOWN_SECONDS) < at
        caller = Caller(user.role, user.user_id, user.tier)
        return self._metered(caller, address, user.usage_key if is_known else None)

    def _note_use(self, token: Token, day: str) -> None:
        """Once a day: more would be a write per call."""
        if token.last_used_on == day:
            return
        try:
            self.users.note_use(token, day)
        except SERVICE_FAILURES as error:
            logger.warning("the use of a token is not noted: %s", type(error).__name__)

    def common_key(self, tier: Tier) -> str:
        """The value of the API key of those who have none of their own."""
        return f"{tier}-{self.usage_key_suffix}"

    def _metered(self, caller: Caller, address: str, usage_key: str | None = None) -> Authenticated:
        return Authenticated(replace(caller, address=address), usage_key or self.common_key(caller.tier))


@cache
def authentication() -> Authentication:
    return Authentication(user_store(), open_id_connect(), required("USAGE_KEY_SUFFIX"))
