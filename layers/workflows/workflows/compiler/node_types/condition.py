"""`condition`: chooses `true` or `false`."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.fields import Field, anything, one_of, text, whole_expression
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.domain.errors import Problem

_WITHOUT_VALUE = ("empty", "not_empty")

_operator = one_of(
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "greater_than",
    "less_than",
    "greater_or_equal",
    "less_or_equal",
    *_WITHOUT_VALUE,
)


def _rules(config: Config) -> Iterator[Problem]:
    by_field = [key for key in ("field", "operator", "condition_type", "value") if key in config]
    if "expression" in config:
        for key in by_field:
            yield Problem(f"/{key}", "give either an expression, or field, operator and value")
        return
    if not by_field:
        yield Problem("", "a condition needs an expression, or field, operator and value")
        return
    if "operator" in config and "condition_type" in config:
        yield Problem("/condition_type", "condition_type is another name for operator: give one of them")
    chosen = config.get("operator", config.get("condition_type"))
    if "field" not in config:
        yield Problem("/field", "field is required")
    if chosen is None:
        yield Problem("/operator", "operator is required")
    if "value" not in config and chosen not in _WITHOUT_VALUE:
        yield Problem("/value", "value is required")


def _complete(config: Config) -> Config:
    if "condition_type" not in config:
        return config
    renamed = {key: value for key, value in config.items() if key != "condition_type"}
    return {**renamed, "operator": config["condition_type"]}


CONDITION = NodeType(
    "condition",
    "Chooses the handle true or false, by an expression or by comparing a field.",
    "its input",
    {
        "expression": Field(whole_expression, "What must be true; or give field, operator and value."),
        "field": Field(
            text(), "A path like `order.total`, looked up in `input`, then `inputs`, then `variables`."
        ),
        "operator": Field(_operator, "How to compare; a number equals its text, as forms write it."),
        "condition_type": Field(_operator, "Another name for operator."),
        "value": Field(anything, "What to compare with; not for empty and not_empty."),
    },
    handles=lambda _: ("true", "false"),
    rules=_rules,
    complete=_complete,
)
