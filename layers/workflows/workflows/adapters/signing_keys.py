"""The public keys of an OpenID Connect issuer: discovered, fetched, and kept by the process."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workflows.domain.errors import NodeError, Unavailable

if TYPE_CHECKING:
    from workflows.adapters.jwk_sets import KeySet, SigningKey
    from workflows.adapters.outbound_target import Target

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3_600
"""How long keys are used without asking the issuer again: a key that it withdraws is good for that long."""

USABLE_SECONDS = 86_400
"""How long they are used if the issuer does not answer."""

PAUSE_SECONDS = 60
"""Between fetches for an unknown `kid`, and between those that fail: made-up tokens cost next to nothing."""

FIRST_PAUSE_SECONDS = 5
"""Between fetches that fail while there are no keys, and so nobody can be let in."""

_TIMEOUT_SECONDS = 4.0
_CONNECT_TIMEOUT_SECONDS = 2.0
_MAX_DOCUMENT_BYTES = 1_000_000
_LOOPBACK_HOSTS = ("127.0.0.1", "::1")


class _Unfit(Exception):
    """What the issuer serves cannot be used; the text says why."""


@dataclass(slots=True)
class SigningKeys:
    """The keys by which `issuer` signs tokens.

    Ages are by the clock, not by `time.monotonic()`, which stands still while Lambda freezes the process.

    Attributes:
        issuer: As its tokens and its discovery document name it, to the character.
    """

    issuer: str
    _keys: KeySet | None = field(default=None, init=False, repr=False)
    _fetched_at: float = field(default=0, init=False)
    _tried_at: float = field(default=0, init=False)
    _searched_at: float = field(default=0, init=False)

    def find(self, kid: str | None) -> SigningKey | None:
        """The key that a token names by `kid`, or the only one for a token that names none.

        Returns:
            None where the issuer has no such key.

        Raises:
            Unavailable: There are no keys, or none younger than a day, and they cannot be fetched.
        """
        pause_seconds = PAUSE_SECONDS if self._usable_keys() else FIRST_PAUSE_SECONDS
        is_due = not _is_within(FRESH_SECONDS, self._fetched_at)
        has_fetched = is_due and not _is_within(pause_seconds, self._tried_at)
        if has_fetched:
            self._fetch()
        keys = self._usable_keys()
        if keys is None:
            raise Unavailable("the issuer's keys cannot be fetched")
        key = keys.find(kid)
        if key is None and not has_fetched and not _is_within(PAUSE_SECONDS, self._searched_at):
            # It may have begun to sign by a new key.
            self._searched_at = time.time()
            self._fetch()
            key = (self._usable_keys() or keys).find(kid)
        return key

    def _usable_keys(self) -> KeySet | None:
        return self._keys if _is_within(USABLE_SECONDS, self._fetched_at) else None

    def _fetch(self) -> None:
        """Replace the keys by those that the issuer serves now; if it serves none, keep the old ones."""
        # PyJWT and cryptography make a cold start slower by a tenth of a second, and most need neither.
        from workflows.adapters.jwk_sets import read_key_set

        self._tried_at = time.time()
        try:
            discovered = _get_json(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", self.issuer)
            # OpenID Connect Discovery 1.0, section 4.3: or else one issuer could speak for another.
            if not isinstance(discovered, dict) or discovered.get("issuer") != self.issuer:
                raise _Unfit("the discovery document names another issuer")
            self._keys = read_key_set(_get_json(discovered.get("jwks_uri"), self.issuer))
        except (_Unfit, NodeError, ValueError) as error:
            logger.warning("the keys of the OpenID Connect issuer were not fetched: %s", error)
        else:
            self._fetched_at = time.time()


def _is_within(seconds: float, since: float) -> bool:
    # A clock that was set back makes ages negative: such a moment is taken for long ago.
    return 0 <= time.time() - since < seconds


def _get_json(url: Any, issuer: str) -> Any:
    from workflows.adapters.address_guard import AddressGuard
    from workflows.adapters.outbound_http import OutboundLimits, OutboundRequest, send
    from workflows.adapters.outbound_target import parse_target

    if not isinstance(url, str):
        raise _Unfit("the discovery document names no jwks_uri")
    if not _is_protected(parse_target(url)):
        raise _Unfit("a URL of the issuer is not https")
    # The issuer may be at a private address, since an operator named it; what it names may not.
    guard = AddressGuard(frozenset({_host_and_port(parse_target(issuer))}))
    limits = OutboundLimits(
        timeout_seconds=_TIMEOUT_SECONDS,
        connect_timeout_seconds=_CONNECT_TIMEOUT_SECONDS,
        body_bytes=_MAX_DOCUMENT_BYTES,
        redirects=0,
        retries=1,
    )
    response = send(OutboundRequest("GET", url, {"Accept": "application/json"}), guard, limits)
    if response.status != 200:
        raise _Unfit(f"the issuer answered {response.status}")
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        raise _Unfit("the issuer's answer is not JSON") from None


def _is_protected(target: Target) -> bool:
    """Whether nobody between can change what is fetched; plain HTTP within the machine serves the tests."""
    return target.scheme == "https" or target.host in _LOOPBACK_HOSTS


def _host_and_port(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"{host}:{target.port}"
