from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.adapters.json_items import from_json_item, to_json_attribute, to_json_item

numbers = st.integers(-(10**38) + 1, 10**38 - 1) | st.floats(-1e125, 1e125).filter(
    lambda value: value == 0 or abs(value) >= 1e-130
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=8,
)


def as_meant(value: Any) -> Any:
    """A value whose whole numbers are integers: 1e+17 means what 100000000000000000 means."""
    match value:
        case float() if value.is_integer():
            return int(Decimal(repr(value)))
        case list():
            return [as_meant(part) for part in value]
        case dict():
            return {name: as_meant(part) for name, part in value.items()}
    return value


@settings(max_examples=50)
@given(st.dictionaries(st.text(min_size=1), values, max_size=4))
def test_json_is_read_as_it_was_written(item: dict[str, Any]) -> None:
    assert from_json_item(to_json_item(item)) == as_meant(item)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ({"N": "12345678901234567890123456789012345678"}, 12345678901234567890123456789012345678),
        ({"N": "1E+30"}, 10**30),
        ({"N": "0.1"}, 0.1),
        ({"N": "-0"}, 0),
        ({"SS": ["b", "a"]}, ["a", "b"]),
        ({"NS": ["10", "9.5"]}, [9.5, 10]),
        ({"B": b"\x00\xff"}, "AP8="),
        ({"BS": [b"b", b"a"]}, ["YQ==", "Yg=="]),
        ({"M": {"a": {"L": [{"NULL": True}]}}}, {"a": [None]}),
    ],
)
def test_what_others_wrote_is_read(attribute: dict[str, Any], value: Any) -> None:
    assert from_json_item({"it": attribute}) == {"it": value}


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 1e126, 1e-131, 10**38 + 1, 10**126, 10**10_000, [1, {"a": float("nan")}]],
    ids=["nan", "infinity", "too large", "too small", "too long", "126 digits", "endless", "inside"],
)
def test_number_that_dynamodb_has_not_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="holds a number"):
        to_json_attribute(value)
