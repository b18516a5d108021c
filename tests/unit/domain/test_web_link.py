from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.web_link import next_link


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<https://a.example/?page=2>; rel="next"', "https://a.example/?page=2"),
        ("<b>;rel=next", "b"),
        ('<a>; rel="prev", <b,c;d>; rel="next"', "b,c;d"),
        ('<a> ; title="x, <y>; rel=\\"next\\"" ; REL = "last NEXT"', "a"),
        ('<a>; rel=prev; rel=next, <b>; rel="next"', "b"),
        ('<a>; rel="next"; anchor="/elsewhere", <b>; rel=next', "b"),
        ("<a>; rel=prev,, , <b>; rel=next", "b"),
        ("<a>;; rel=next;", "a"),
        ("<>; rel=next", ""),
        ("<a>; rel*=next", None),
        ("<a>; rel=nextish", None),
        ("<a>", None),
        ("a; rel=next", None),
        ("<a; rel=next", None),
        ('<a>; title="open, <b>; rel=next', None),
        ("", None),
    ],
)
def test_next_link_is(header: str, target: str | None) -> None:
    assert next_link(header) == target


@given(st.text(alphabet='<>;,="\\ relnxtab/', max_size=60))
def test_any_header_is_read(header: str) -> None:
    found = next_link(header)
    assert found is None or f"<{found}>" in header


@pytest.mark.parametrize("piece", ["<a>;", "<a>; ", "<", '<a>; x="', "<a>; x=y", ", ,", "<a>;;;", "\\", " "])
def test_long_header_is_read_in_no_time(piece: str) -> None:
    began = time.process_time()
    next_link(piece * 10_000)
    next_link("<a>" + piece * 10_000)
    assert time.process_time() - began < 1
