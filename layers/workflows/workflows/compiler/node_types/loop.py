"""`loop`: does its body for each item of a list, or while or until something holds."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.fields import (
    Check,
    Field,
    a_list,
    an_object,
    integer,
    one_of,
    or_expression,
    whole_expression,
)
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.domain.errors import Problem
from workflows.domain.loop import MAX_ITEMS

_ITEM_KEYS = ("items", "items_source")
_DEFAULT_MAX_ITEMS = 1_000
_DEFAULT_MAX_TURNS = 100
_DEFAULT_CONCURRENCY = 10

_items: Check = or_expression(a_list)


def _rules(config: Config) -> Iterator[Problem]:
    items = [key for key in _ITEM_KEYS if config.get(key) is not None]
    loop_type = config.get("loop_type") or "for_each"
    if loop_type == "for_each":
        if len(items) != 1:
            detail = "items is required" if not items else "items_source is another name for items: give one"
            yield Problem(f"/{items[-1] if items else 'items'}", detail)
        unwanted = ["condition"] if config.get("condition") is not None else []
    else:
        if config.get("condition") is None:
            yield Problem("/condition", "condition is required")
        unwanted = [key for key in (*_ITEM_KEYS, "max_concurrency") if config.get(key) is not None]
    for key in unwanted:
        yield Problem(f"/{key}", f"is not for a loop of the type {loop_type}")


def _complete(config: Config) -> Config:
    is_for_each = config["loop_type"] == "for_each"
    complete = {name: value for name, value in config.items() if value is not None and name != "items_source"}
    complete.setdefault("max_iterations", _DEFAULT_MAX_ITEMS if is_for_each else _DEFAULT_MAX_TURNS)
    if is_for_each:
        complete["items"] = next(config[key] for key in _ITEM_KEYS if config[key] is not None)
        complete.setdefault("max_concurrency", _DEFAULT_CONCURRENCY)
    return complete


LOOP = NodeType(
    "loop",
    "Does its body for each item of a list, or while or until a condition holds;"
    " its output is {items, count, failed}, the body's results in order.",
    {
        "loop_type": Field(one_of("for_each", "while", "until"), default="for_each"),
        "items": Field(_items, default=None),
        "items_source": Field(_items, default=None),
        "condition": Field(whole_expression, default=None),
        "max_iterations": Field(integer(1, MAX_ITEMS), default=None),
        "max_concurrency": Field(integer(1, 1_000), default=None),
        "on_item_error": Field(one_of("fail", "continue"), default="fail"),
        "body": Field(an_object, default=None),
    },
    rules=_rules,
    complete=_complete,
    suspension="loop",
)
