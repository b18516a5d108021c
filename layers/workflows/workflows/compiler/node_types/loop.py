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
    "Does its body for each item of a list, or while or until a condition holds.",
    "`{items, count, failed}`: the body's results, in order",
    {
        "loop_type": Field(
            one_of("for_each", "while", "until"),
            "When to do it: for each of items; while condition holds, asked before each turn; or until it"
            " holds, asked after each.",
            default="for_each",
        ),
        "items": Field(_items, "Of for_each: a list, worked out once.", default=None),
        "items_source": Field(_items, "Another name for items.", default=None),
        "condition": Field(
            whole_expression,
            "Of while and until: over `input`, the last turn's result (at first the loop's input), and"
            " `index`, the turns done.",
            default=None,
        ),
        "max_iterations": Field(
            integer(1, MAX_ITEMS),
            f"More fail the loop; else {_DEFAULT_MAX_ITEMS:,} items, {_DEFAULT_MAX_TURNS} turns.",
            default=None,
        ),
        "max_concurrency": Field(
            integer(1, 1_000),
            f"How many iterations of for_each run at once; else {_DEFAULT_CONCURRENCY}.",
            default=None,
        ),
        "on_item_error": Field(
            one_of("fail", "continue"),
            "If an iteration fails for good: fail the loop, or let the others go on.",
            default="fail",
        ),
        "body": Field(
            an_object, "What is done each time; else the nodes that name it as parent.", default=None
        ),
    },
    rules=_rules,
    complete=_complete,
    suspension="loop",
)
