"""Maximum bipartite matching by augmenting paths (Berge 1957, Kuhn 1955), on bitsets."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.compiler.order import members


def match(candidates: Mapping[int, int], hosts: Mapping[int, int]) -> dict[int, int]:
    """Returns a host for as many guests as can have one, at most one guest each.

    Args:
        candidates: Per guest the set of hosts it may have. The latest free one is taken.
        hosts: What is matched already: it may move, but stays matched.
    """
    host_of = dict(hosts)
    guest_of = {host: guest for guest, host in hosts.items()}
    # What a search that failed has visited leads to no free host, and never will: it is not searched again.
    worth_visiting = -1
    for guest in candidates:
        if guest not in host_of:
            worth_visiting &= ~_augment(guest, candidates, host_of, guest_of, worth_visiting)
    return host_of


def _augment(
    guest: int,
    candidates: Mapping[int, int],
    host_of: dict[int, int],
    guest_of: dict[int, int],
    unvisited: int,
) -> int:
    """Finds a host for the guest, by moving others if need be; or returns the hosts visited in vain."""
    visited = 0
    reached_by: dict[int, int] = {}
    queue = [guest]
    for asking in queue:
        fresh = candidates[asking] & unvisited & ~visited
        visited |= fresh
        for host in reversed(list(members(fresh))):
            reached_by[host] = asking
            if host not in guest_of:
                _flip(host, guest, reached_by, host_of, guest_of)
                return 0
        queue += [guest_of[host] for host in members(fresh)]
    return visited


def _flip(
    host: int, guest: int, reached_by: Mapping[int, int], host_of: dict[int, int], guest_of: dict[int, int]
) -> None:
    while True:
        moved = reached_by[host]
        left = host_of.get(moved)
        host_of[moved], guest_of[host] = host, moved
        if moved == guest:
            return
        assert left is not None, "only matched guests move"
        host = left
