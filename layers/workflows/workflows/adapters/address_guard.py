"""Which addresses the outside world's URLs may lead us to: public ones, and hosts an operator has opened."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

# The tables are ours because `is_global` differs between Python releases (gh-113171) and lets multicast pass.
# Source: IANA's IPv4 and IPv6 Special-Purpose Address Registries, plus multicast.
_FORBIDDEN_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their metadata service here
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local: the instance metadata and container credentials services
            "172.16.0.0/12",
            "192.0.0.0/24",  # IETF protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)

# IPv6 is refused unless IANA has allocated it as global unicast (RFC 4291, section 2.4) ...
_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
# ... and even then where the special-purpose registry has taken it back.
_FORBIDDEN_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments; Teredo, which carries an IPv4 address, is 2001::/32
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which carries an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
# RFC 6052: how an IPv6-only subnet reaches the IPv4 internet, so what counts is the IPv4 address inside.
_NAT64 = IPv6Network("64:ff9b::/96")

_ENTRY = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def is_public(address: str) -> bool:
    """Whether an IP address is globally reachable unicast, seen through IPv4-mapped and NAT64 forms.

    Args:
        address: As `socket.getaddrinfo` writes it; an IPv6 one may carry a scope (`fe80::1%eth0`).
    """
    ip = ip_address(address)
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _FORBIDDEN_V4)
    if ip.ipv4_mapped is not None or ip in _NAT64:
        return is_public(str(IPv4Address(ip.packed[-4:])))
    return ip in _GLOBAL_UNICAST_V6 and not any(ip in network for network in _FORBIDDEN_V6)


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Says where a connection may go.

    Attributes:
        allowed_hosts: Hosts that are open whatever they resolve to: `host` for each of its ports, or
            `host:port`. Compared without case with the host as the URL writes it; an IPv6 address is in
            brackets and in its shortest form, an international name in its `xn--` form.
    """

    allowed_hosts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        entries = frozenset(entry.lower() for entry in self.allowed_hosts)
        for entry in entries:
            if not _ENTRY.fullmatch(entry):
                raise ValueError(f"allowed host {entry!r} is neither `host` nor `host:port`")
        object.__setattr__(self, "allowed_hosts", entries)

    def allows(self, host: str, port: int, addresses: Iterable[str]) -> bool:
        """Whether a URL with this host and port may be connected to at the addresses it resolved to.

        One address that is not public refuses them all: no honest answer mixes public and private ones.

        Args:
            host: From the URL, lower-case, IPv6 without brackets.
            port: The port to connect to.
            addresses: All that the host resolved to.
        """
        name = f"[{host}]" if ":" in host else host
        if not self.allowed_hosts.isdisjoint((name, f"{name}:{port}")):
            return True
        return all(map(is_public, addresses))
