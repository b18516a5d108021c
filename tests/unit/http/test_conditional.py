"""Which `If-None-Match` headers name a tag."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.http.conditional import entity_tag, matches

TAG = '"a1b2"'


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, False),
        ("", False),
        ("*", True),
        (" * ", True),
        ('"a1b2"', True),
        ('W/"a1b2"', True),
        ('"other", "a1b2"', True),
        ('"a1b2" ,"other"', True),
        (', ,"other",,W/"a1b2",', True),
        ('"other"', False),
        ('""', False),
        ('"a1b2', False),
        ("a1b2", False),
        ('w/"a1b2"', False),
        ('W/ "a1b2"', False),
        ('"A1B2"', False),
        ('"x,"a1b2""', False),
        ('"x, "a1b2"', False),
        ('"other" "a1b2"', False),
        ('"a1b2" nonsense', False),
        ('*, "a1b2"', False),
        ('"a1b2", *', False),
        ('"a b", "a1b2"', False),
        ('"é,ÿ", "a1b2"', True),
        ('"a\x7fb", "a1b2"', False),
        (",,,", False),
    ],
)
def test_matches(header: str | None, expected: bool) -> None:
    assert matches(header, TAG) is expected


@given(st.text())
def test_no_header_is_an_error(header: str) -> None:
    assert matches(header, TAG) in (True, False)


@given(st.lists(st.tuples(st.sampled_from(["", "W/"]), st.text("a1b2,*/W#!", max_size=4))))
def test_list_names_each_of_its_tags(tags: list[tuple[str, str]]) -> None:
    header = ", ".join(f'{weak}"{text}"' for weak, text in tags)
    assert matches(header, TAG) is ("a1b2" in [text for _, text in tags])


def test_long_header_is_read_in_no_time() -> None:
    assert not matches(", \t" * 100_000 + "x", TAG)
    assert matches('"x", ' * 20_000 + TAG, TAG)


def test_tag_is_the_same_for_the_same_body_alone() -> None:
    assert entity_tag({"a": 1}) == entity_tag({"a": 1}) != entity_tag({"a": None})
    assert matches(entity_tag({}), entity_tag({}))
