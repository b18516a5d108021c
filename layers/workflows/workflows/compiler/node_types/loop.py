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
    items = [key for key in _ITEM_KEYS if key in config]
    if config.get("loop_type", "for_each") == "for_each":
        if len(items) != 1:
            detail = "items is required" if not items else "items_source is another name for items: give one"
            yield Problem(f"/{items[-1] if items else 'items'}", detail)
        unwanted = ["condition"] if "condition" in config else []
    else:
        if "condition" not in config:
            yield Problem("/condition", "condition is required")
        unwanted = [key for key in (*_ITEM_KEYS, "max_concurrency") if config.get(key) is not None]
    for key in unwanted:
        yield Problem(f"/{key}", f"is not for a loop of the type {config.get('loop_type', 'for_each')}")


def _complete(config: Config) -> Config:
    is_for_each = config["loop_type"] == "for_each"
    complete = {name: value for name, value in config.items() if value is not None and name != "items_source"}
    complete.setdefault("max_iterations", _DEFAULT_MAX_ITEMS if is_for_each else _DEFAULT_MAX_TURNS)
    if is_for_each:
        complete["items"] = config["items" if "items" in config else "items_source"]
        complete.setdefault("max_concurrency", _DEFAULT_CONCURRENCY)
    return complete


LOOP = NodeType(
    "loop",
    "Does its body for each item of a list, or while or until a condition holds;"
    " its output is {items, count, failed}, the body's results in order.",
    {
        "loop_type": Field(one_of("for_each", "while", "until"), default="for_each"),
        "items": Field(_items),
        "items_source": Field(_items),
        "condition": Field(whole_expression),
        "max_iterations": Field(integer(1, MAX_ITEMS), default=None),
        "max_concurrency": Field(integer(1, 1_000), default=None),
        "on_item_error": Field(one_of("fail", "continue"), default="fail"),
        "body": Field(an_object),
    },
    rules=_rules,
    complete=_complete,
    suspension="loop",
)
