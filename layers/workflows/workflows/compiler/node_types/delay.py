"""`delay`: goes on later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from workflows.compiler.fields import Check, Field, number, or_expression
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.domain.errors import Problem
from workflows.domain.workflow import MAX_DELAY_SECONDS, JsonValue


def _time_fault(value: JsonValue) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        return "must be an ISO 8601 time with Z or an offset, as 2026-02-23T16:30:05Z"
    return None


_time = Check(_time_fault, {"type": "string", "format": "date-time"})


def _rules(config: Config) -> Iterator[Problem]:
    if ("seconds" in config) == ("until" in config):
        yield Problem("", "a delay needs either seconds or until")


DELAY = NodeType(
    "delay",
    "Goes on after a time, or at one.",
    "its input",
    {
        "seconds": Field(or_expression(number(0, MAX_DELAY_SECONDS)), "How long to wait; or give until."),
        "until": Field(or_expression(_time), "When to go on: an ISO 8601 time with Z or an offset."),
    },
    rules=_rules,
    suspension="wait",
)
