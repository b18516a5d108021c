"""How often callers may ask: rates by kind of endpoint and by tier, counted in windows of a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from zlib import crc32

from workflows.domain.access import Caller, Tier
from workflows.domain.endpoints import Endpoint, Kind

WINDOW_SECONDS = 60
_NETWORK_BITS = 64
"""What an IPv6 subscriber is given at least; addresses in it cost nothing to change."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a rate a caller has used.

    Attributes:
        policy: Name of the rate: the endpoint's.
        limit: Requests in a window.
        used: Requests in this window, the present one included.
        reset_seconds: How long until the next window begins.
    """

    policy: str
    limit: int
    used: int
    reset_seconds: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit

    def to_context(self) -> dict[str, str]:
        """For the context that an authorizer returns; API Gateway makes text of all values in it."""
        return {
            "rate_policy": self.policy,
            "rate_limit": str(self.limit),
            "rate_used": str(self.used),
            "rate_reset_seconds": str(self.reset_seconds),
        }

    @classmethod
    def from_context(cls, context: Mapping[str, str]) -> Usage | None:
        """What the authorizer counted; None where it did not."""
        if "rate_policy" not in context:
            return None
        return cls(
            policy=context["rate_policy"],
            limit=int(context["rate_limit"]),
            used=int(context["rate_used"]),
            reset_seconds=int(context["rate_reset_seconds"]),
        )


@dataclass(frozen=True, slots=True)
class Shares:
    """What the tiers may ask for, in percent of what a standard caller may."""

    anonymous: int
    premium: int

    def of(self, tier: Tier, whole: int) -> int:
        percent = {"anonymous": self.anonymous, "standard": 100, "premium": self.premium}[tier]
        return max(1, whole * percent // 100)


@dataclass(frozen=True, slots=True)
class Rates:
    """How many requests a minute each endpoint takes from a caller.

    Attributes:
        limits: What a standard caller may ask for in a minute, of each endpoint of a kind.
    """

    limits: Mapping[Kind, int]
    shares: Shares

    def limit(self, caller: Caller, endpoint: Endpoint) -> int:
        return self.shares.of(caller.tier, self.limits[endpoint.kind])


@dataclass(frozen=True, slots=True)
class Window:
    """A minute in which a caller's requests are counted.

    Attributes:
        ends_at: Unix time.
    """

    ends_at: int

    @classmethod
    def at(cls, who: str, unix_time: float) -> Window:
        """The one that is now. It begins at another second for each, so that not all come back at once."""
        offset = crc32(who.encode()) % WINDOW_SECONDS
        number = int(unix_time - offset) // WINDOW_SECONDS
        return cls((number + 1) * WINDOW_SECONDS + offset)

    def reset_seconds(self, unix_time: float) -> int:
        """How long it lasts yet, rounded up."""
        return max(1, ceil(self.ends_at - unix_time))


def subject(caller: Caller) -> str:
    """Whom requests are counted for: a user, or the network that an anonymous one came from."""
    if caller.user_id is not None:
        return f"user#{caller.user_id}"
    return f"address#{_network(caller.address)}"


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> _NETWORK_BITS << _NETWORK_BITS)}/{_NETWORK_BITS}"
    return str(parsed)
