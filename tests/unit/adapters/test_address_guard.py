from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.adapters.address_guard import AddressGuard, is_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]

FORBIDDEN = {
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"],
    "link-local": ["169.254.0.1", "fe80::1", "fe80::1%eth0", "fec0::1"],
    "metadata": ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "192.0.0.192"],
    "carrier-grade NAT": ["100.64.0.0", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "192.0.0.1", "192.88.99.1", "4000::1"],
    "documentation and benchmarks": ["192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:10.0.0.1", "::ffff:100.64.0.1"],
    "IPv4-compatible": ["::127.0.0.1", "::169.254.169.254", "::8.8.8.8"],
    "IPv4-translated": ["::ffff:0:127.0.0.1"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8"],
    "6to4": ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a00:1::1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1"],
    "discard": ["100::1"],
    "newer documentation": ["3fff::1"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("_kind", "address"), [(kind, address) for kind, addresses in FORBIDDEN.items() for address in addresses]
)
def test_forbidden_address_is_not_public(_kind: str, address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses())
def test_public_address_is_global_for_the_standard_library_too(ip: IPv4Address | IPv6Address) -> None:
    if is_public(str(ip)):
        assert ip.is_global
        assert not ip.is_multicast


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}"]))
def test_embedded_address_is_as_public_as_the_one_inside(inner: IPv4Address, form: str) -> None:
    assert is_public(str(ip_address(form.format(inner)))) == is_public(str(inner))


@pytest.mark.parametrize(
    ("allowed", "host", "port", "allows"),
    [
        ("api.local", "api.local", 80, True),
        ("api.local", "api.local", 8443, True),
        ("API.Local", "api.local", 80, True),
        ("api.local:8443", "api.local", 8443, True),
        ("api.local:8443", "api.local", 80, False),
        ("api.local", "xapi.local", 80, False),
        ("api.local", "x.api.local", 80, False),
        ("127.0.0.1:80", "127.0.0.1", 80, True),
        ("[::1]", "::1", 80, True),
        ("[::1]:8080", "::1", 8080, True),
        ("[::1]:8080", "::1", 80, False),
        ("", "api.local", 80, False),
    ],
)
def test_host_with_private_address_is_allowed_only_by_name(
    allowed: str, host: str, port: int, allows: bool
) -> None:
    guard = AddressGuard(frozenset(allowed.split(", ") if allowed else ()))
    assert guard.allows(host, port, ["127.0.0.1"]) is allows


def test_guard_made_from_a_set_compares_without_case() -> None:
    assert AddressGuard(frozenset({"LocalHost:80"})).allows("localhost", 80, ["::1"])


def test_one_forbidden_address_among_public_ones_refuses_all() -> None:
    guard = AddressGuard()
    assert guard.allows("example.com", 443, ["8.8.8.8", "2606:4700:4700::1111"])
    assert not guard.allows("example.com", 443, ["8.8.8.8", "10.0.0.1"])


@pytest.mark.parametrize("entry", ["http://a", "a/b", "a b", "user@a", "a:port", "a:1:2", "::1", "*.a", "a:"])
def test_entry_that_is_no_host_is_refused_by_name(entry: str) -> None:
    with pytest.raises(ValueError, match="allowed host"):
        AddressGuard(frozenset({entry}))
