"""Templates in configs: types, text, messages and bounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.errors import NodeError
from workflows.runtime import expressions
from workflows.runtime.expressions import is_truthy, resolve

DATA = {
    "inputs": {"n": 2, "list": [1, 2], "none": None, "items": [{"price": 5}, {"price": 7}]},
    "variables": {"name": "Ada", "limit": 10},
    "input": {"body": {"id": "x"}},
}


def evaluate(value: Any) -> Any:
    return resolve(value, lambda _: DATA, "field")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{inputs.n}}", 2),
        ("  {{ inputs.n }} ", 2),
        ("{{inputs.n * 1.5}}", 3),
        ("{{inputs.n / 4}}", 0.5),
        ("{{inputs.list}}", [1, 2]),
        ("{{inputs.n = 2}}", True),
        ("{{inputs.none}}", None),
        ("{{inputs.missing}}", None),
        ("{{input.body}}", {"id": "x"}),
        ("{{ {'a': {'b': inputs.n}} }}", {"a": {"b": 2}}),
        ("{{inputs.items[price > 6].price}}", 7),
        ("{{$sum(inputs.items.price)}}", 12),
        ("{{name}}", "Ada"),
        ("{{unknown}}", None),
        ("{{true}}", True),
        ("{{false}}", False),
        ("{{null}}", None),
        ("{{inputs}}", DATA["inputs"]),
        ("n={{inputs.n}}, l={{inputs.list}}, x={{inputs.missing}}!", "n=2, l=[1,2], x=!"),
        ("Hello {{name}}", "Hello Ada"),
        ("no template", "no template"),
        ({"a": ["{{inputs.n}}", 3, None]}, {"a": [2, 3, None]}),
    ],
)
def test_template_gives(template: Any, expected: Any) -> None:
    result = evaluate(template)
    assert result == expected
    assert type(result) is type(expected)


def test_failure_names_the_field_and_the_expression() -> None:
    with pytest.raises(NodeError) as caught:
        evaluate({"a": ["x", "{{inputs.n + variables.name}}"]})
    assert caught.value.code == "expression_failed"
    assert not caught.value.retryable
    assert "field.a[1]" in caught.value.detail
    assert "{{ inputs.n + variables.name }}" in caught.value.detail


@pytest.mark.parametrize(
    "source",
    ["($f := function($n){$f($n + 1)}; $f(0))", "$map", "function($x){$x}", "$match(inputs.a, /(a+)+$/)"],
)
def test_endless_or_valueless_expression_fails_within_its_bounds(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expressions, "TIMEOUT_MILLISECONDS", 500)
    data = {"inputs": {"a": "a" * 40 + "!"}, "variables": {}}
    with pytest.raises(NodeError):
        resolve(f"{{{{{source}}}}}", lambda _: data, "field")


def test_message_quotes_no_values_and_is_bounded() -> None:
    secret = {"inputs": {"card": "card-4111"}, "variables": {}}
    with pytest.raises(NodeError) as caught:
        resolve("{{$number(inputs.card)}}", lambda _: secret, "field")
    assert "4111" not in caught.value.detail
    with pytest.raises(NodeError) as caught:
        resolve("{{$error($join([1..9000].('long ')))}}", lambda _: secret, "field")
    assert "long long" in caught.value.detail
    assert len(caught.value.detail) < 1_200


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists))
def test_whole_expression_gives_back_the_value_it_names(value: Any) -> None:
    found = resolve(
        "{{input.value}}", lambda _: {"input": {"value": value}, "inputs": {}, "variables": {}}, "f"
    )
    # JSONata flattens sequences: a list of one is its item only where a path mapped over it, not here.
    assert found == value


@pytest.mark.parametrize("value", [None, False, 0, 0.0, "", [], {}, [None, 0], [[""]]])
def test_falsy(value: Any) -> None:
    assert not is_truthy(value)


@pytest.mark.parametrize("value", [True, 1, -0.5, "false", [0, 1], {"a": None}])
def test_truthy(value: Any) -> None:
    assert is_truthy(value)
