"""Names of workflows as sort keys."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflows.domain.ids import new_id
from workflows.domain.workflow_names import MAX_PREFIX_CHARACTERS, fold_name, keys_of_prefix, name_key

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
CHARACTERS = st.one_of(
    st.sampled_from("aAbB #\x1f\x00ß\u017féİ\u0301\u0345\U0001d1c0\U0001f600\uffff\U0010ffff"),
    st.characters(exclude_categories=["Cs"]),
)
NAMES = st.text(CHARACTERS, min_size=1, max_size=200)
PREFIXES = st.text(CHARACTERS, min_size=1, max_size=MAX_PREFIX_CHARACTERS)


@given(NAMES, PREFIXES)
@example("ab\U0010ffffc", "ab")
@example("\U0010ffff" * 200, "\U0010ffff")
@example("\U0001d1c0" * 200, "\U0001d1c0" * MAX_PREFIX_CHARACTERS)
@example("\x1f01", "\x1f")
def test_keys_of_a_prefix_are_those_of_names_that_begin_so(name: str, prefix: str) -> None:
    first, last = (key.encode() for key in keys_of_prefix(prefix))
    for each in (name, prefix + name[: 200 - len(prefix)]):
        key = name_key(each, ID).encode()
        assert (first <= key <= last) == fold_name(each).startswith(fold_name(prefix))


@given(NAMES)
def test_key_is_short_enough_for_dynamodb_whatever_the_name(name: str) -> None:
    assert len(name_key(name, ID).encode()) <= 1_024


@given(PREFIXES)
def test_no_prefix_is_cut(prefix: str) -> None:
    first, last = keys_of_prefix(prefix)
    assert name_key(prefix, ID).startswith(first)
    assert len(last.encode()) <= 1_024


@given(NAMES)
def test_names_that_differ_by_composition_are_the_same(name: str) -> None:
    folded = fold_name(name)
    assert fold_name(normalize("NFD", name)) == fold_name(normalize("NFC", name)) == folded
    assert fold_name(folded) == folded


@pytest.mark.parametrize(
    ("name", "other"), [("ÄRGER", "ärger"), ("STRASSE", "straße"), ("e\u0301", "É"), ("ΣΊΣΥΦΟΣ", "σίσυφος")]
)
def test_names_that_differ_by_case_are_the_same(name: str, other: str) -> None:
    assert fold_name(name) == fold_name(other)


def test_names_sort_as_people_expect_of_a_list() -> None:
    names = ["Report", "report 2", "Report#2", "REPORTS", "zebra", "ä", "\uffff", "\U0001f600"]
    keys = [name_key(name, new_id()).encode() for name in names]
    assert keys == sorted(keys)
