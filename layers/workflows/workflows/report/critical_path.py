"""The critical path of an execution: the chain of nodes that determined when it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def critical_path(
    last: str, before: Mapping[str, Sequence[str]], ended_at: Mapping[str, str]
) -> tuple[str, ...]:
    """The chain that ends with a node, from its first node on.

    Before each node of it is the predecessor that ended last, for which the node had to wait; of several that
    ended at once, the one that is declared first.

    Args:
        last: The node that ended last.
        before: The predecessors of each node whose edges were live.
        ended_at: When nodes ended; those without a time are left out.
    """
    chain = [last]
    while found := [node for node in before.get(chain[-1], ()) if node in ended_at]:
        chain.append(max(found, key=lambda node: ended_at[node]))
    return tuple(reversed(chain))
