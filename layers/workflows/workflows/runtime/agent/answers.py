"""Answers that are to be JSON by a schema: what the model is told, and how they are read."""

from __future__ import annotations

import json
import re

from workflows.domain.inputs_schema import input_problems
from workflows.domain.payload import encode, json_fault
from workflows.domain.workflow import JsonValue

_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL | re.IGNORECASE)
_SHOWN_PROBLEMS = 10


class Unfit(Exception):
    """An answer that is not as it is to be; the message is for the model."""


def instruction(schema: dict[str, JsonValue]) -> str:
    """What a prompt ends with.

    It is asked for in words, and what comes is checked: a tool that a model is forced to call, the other way,
    is not known to all models of Converse, and would keep them from calling any other.
    """
    return (
        "\n\nAnswer with one JSON value and nothing else, neither before nor after it. "
        f"It must be valid by this JSON Schema:\n{encode(schema)}"
    )


def complaint(reason: str) -> str:
    """What a model is told whose answer is unfit."""
    return f"Your answer does not do: {reason}. Answer again, with the JSON value alone."


def read_answer(text: str, schema: dict[str, JsonValue]) -> JsonValue:
    """The value of an answer, which may stand in a fence of Markdown.

    Raises:
        Unfit: It is no JSON, or not valid by the schema.
    """
    value = _parsed(text)
    if problems := input_problems(schema, value, ""):
        told = "; ".join(
            f"{each.pointer or 'the value'}: {each.detail}" for each in problems[:_SHOWN_PROBLEMS]
        )
        raise Unfit(f"it is not valid by the schema ({told})")
    return value


def _parsed(text: str) -> JsonValue:
    fenced = _FENCE.search(text)
    reason = "it is no JSON"
    for candidate in (text, *([fenced[1]] if fenced else [])):
        try:
            value = json.loads(candidate)
        except (RecursionError, ValueError):
            continue
        fault = json_fault(value)
        if fault is None:
            return value
        reason = f"it {fault}"
    raise Unfit(reason)
