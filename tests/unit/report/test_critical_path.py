"""The critical path, against all chains that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflows.report.critical_path import critical_path

Before = dict[str, list[str]]


@st.composite
def ended(draw: Callable[..., Any]) -> tuple[Before, dict[str, str]]:
    """Nodes with predecessors that are before them, and when some of them ended, no two at once."""
    names = [f"n{number}" for number in range(draw(st.integers(1, 8)))]
    before = {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        for index, name in enumerate(names)
    }
    seconds = draw(st.permutations(range(len(names))))
    times = {name: f"2026-11-25T05:00:0{second}.000Z" for name, second in zip(names, seconds, strict=True)}
    return before, {name: at for name, at in times.items() if name == names[-1] or draw(st.booleans())}


def chains(last: str, before: Before, at: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """All chains of nodes with a time that end there and cannot begin earlier."""
    found = [node for node in before[last] if node in at]
    if not found:
        yield (last,)
    for node in found:
        for rest in chains(node, before, at):
            yield (*rest, last)


@given(ended())
def test_path_is_the_chain_whose_ends_are_the_latest(given_: tuple[Before, dict[str, str]]) -> None:
    before, at = given_
    last = list(before)[-1]

    # Of two chains, the one counts that has the later end where they first differ, seen from the end.
    latest = max(chains(last, before, at), key=lambda chain: [at[node] for node in reversed(chain)])
    assert critical_path(last, before, at) == latest


def test_of_nodes_that_end_at_once_the_first_declared_is_taken() -> None:
    at = dict.fromkeys("abc", "2026-11-25T05:00:00.000Z")

    assert critical_path("c", {"c": ["b", "a"]}, at) == ("b", "c")
