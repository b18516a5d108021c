from __future__ import annotations

import pytest

from tests.wfx.answers import node
from wfx.live_view import most_telling

NODES = {
    "a": node("completed"),
    "b": node("completed"),
    "c": node("failed"),
    "d": node("skipped"),
    "e": node("running"),
    "f": node("pending"),
    "g": node("pending"),
}


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (1, "c"),
        (2, "ce"),
        (3, "bce"),
        (4, "abce"),
        (5, "abcef"),
        (6, "abcefg"),
        (7, "abcdefg"),
        (8, "abcdefg"),
    ],
)
def test_what_happens_is_shown_first_in_the_order_of_nodes(limit: int, shown: str) -> None:
    rows, hidden = most_telling(NODES, limit)
    assert "".join(node_id for node_id, _ in rows) == shown
    assert hidden == len(NODES) - len(shown)
