"""Conditions by field and operator, as forms write them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from workflows.domain.errors import NodeError
from workflows.runtime.nodes.condition import condition

ENVIRONMENT = SimpleNamespace(
    input={"order": {"total": 100, "tags": ["a", "b"], "note": "", "paid": True}, "lines": [{"n": 1}]},
    inputs={"total": 5, "text": "hello"},
    variables={"limit": "50", "big": 9007199254740993, "none": None, "rows": [{"a": 1}]},
)


def branch(field: str, operator: str, value: Any = None) -> str | None:
    config = {"field": field, "operator": operator, "value": value}
    context = SimpleNamespace(
        node=SimpleNamespace(config=config),
        environment=ENVIRONMENT,
        field=config.get,
        log=SimpleNamespace(info=lambda _: None),
    )
    return condition(context).branch  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("order.total", "equals", 100, True),
        ("order.total", "equals", "100", True),
        ("order.total", "equals", "1e2", True),
        ("order.total", "not_equals", 100.0, False),
        ("order.paid", "equals", "true", True),
        ("order.paid", "equals", 1, False),
        ("order.total", "greater_than", "99", True),
        ("order.total", "greater_or_equal", 100, True),
        ("order.total", "less_than", 100, False),
        ("order.total", "less_or_equal", 100, True),
        ("limit", "greater_than", 49, True),
        ("text", "greater_than", "goodbye", True),
        ("total", "equals", 5, True),
        ("lines.0.n", "equals", 1, True),
        ("lines.9.n", "empty", None, True),
        ("order.tags", "contains", "a", True),
        ("order.tags", "not_contains", "z", True),
        ("text", "contains", "ell", True),
        ("order", "contains", "note", True),
        ("missing", "contains", "x", False),
        ("order.note", "empty", None, True),
        ("order.total", "not_empty", None, True),
        ("missing", "empty", None, True),
        ("missing", "equals", None, True),
        ("big", "equals", 9007199254740992, False),
        ("big", "equals", "9007199254740993", True),
        ("big", "greater_than", 9007199254740992, True),
        ("big", "less_than", 10**400, True),
        ("text", "contains", None, False),
        ("rows", "contains", {"a": 1.0}, True),
        ("rows", "contains", {"a": True}, False),
        ("total", "equals", True, False),
    ],
)
def test_field_comparison(field: str, operator: str, value: Any, expected: bool) -> None:
    assert branch(field, operator, value) == ("true" if expected else "false")


@pytest.mark.parametrize(("field", "value"), [("order", 1), ("missing", 1), ("text", 1), ("order.paid", 0)])
def test_order_of_different_types_fails_the_node(field: str, value: Any) -> None:
    with pytest.raises(NodeError, match="cannot compare"):
        branch(field, "greater_than", value)
