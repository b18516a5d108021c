"""Names, values and places of secrets."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.domain.secret import is_secret_name, owner_path, value_fault

ids = st.text(max_size=140)


@given(ids, ids)
@settings(max_examples=50)
def test_each_owner_has_a_place_of_their_own_that_parameters_may_have(one: str, other: str) -> None:
    path = owner_path("/workflows/secrets", one)
    assert re.fullmatch(r"/workflows/secrets/[a-z2-7]*", path)
    assert (path == owner_path("/workflows/secrets", other)) is (one == other)


@pytest.mark.parametrize("name", ["a", "_", "Shop_Key_2", "a" * 64])
def test_names_are_those_of_jsonata(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a.b", "a/b", "a b", "a\n", "é", "a" * 65])
def test_other_names_are_none(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "value", ["12345678", "x" * 4_096, "€" * 1_365, "{{ and }", "}} and {{", "two\nlines"]
)
def test_values_are_any_text_of_some_length(value: str) -> None:
    assert value_fault(value) is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", "8 characters"),
        ("1234567", "8 characters"),
        (" 1234567\n", "8 characters"),
        ("x" * 4_097, "4096 bytes"),
        ("€" * 1_366, "it has 4098"),
        ("s3cret \udfff", "surrogate"),
        ("{{ssm:s3cret}}", "reference"),
        ("s3cret {{\n}}", "reference"),
    ],
)
def test_what_cannot_be_a_value_is_told_and_not_quoted(value: str, fault: str) -> None:
    told = value_fault(value) or ""
    assert fault in told
    assert "s3cret" not in told
