"""`approval`: goes on once somebody has answered."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.fields import Check, Field, an_object, integer, list_of, one_of, or_expression, text
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.domain.approval import DECISIONS, MAX_APPROVERS
from workflows.domain.errors import Problem
from workflows.domain.inputs_schema import schema_problems
from workflows.domain.workflow import MAX_DELAY_SECONDS, JsonValue


def _approvers_fault(value: JsonValue) -> str | None:
    is_list = isinstance(value, list) and 1 <= len(value) <= MAX_APPROVERS
    if not is_list or not all(isinstance(user_id, str) and user_id for user_id in value):
        return f"must be an array of 1 to {MAX_APPROVERS} user ids"
    return None


_approvers = Check(
    _approvers_fault,
    {**list_of({"type": "string", "minLength": 1}), "minItems": 1, "maxItems": MAX_APPROVERS},
)


def _rules(config: Config) -> Iterator[Problem]:
    if config.get("default") is not None and config.get("expires_in_seconds") is None:
        yield Problem("/default", "default is what counts once expires_in_seconds are over: give them too")
    if isinstance(config.get("form"), dict):
        yield from schema_problems(config["form"], "/form")


APPROVAL = NodeType(
    "approval",
    "Waits until somebody decides, and chooses the handle approved or rejected.",
    "`{decision, by, at, data}`",
    {
        "message": Field(text(), "What is asked.", required=True),
        "approvers": Field(
            or_expression(_approvers), "User ids; else whoever may see the execution's data may answer."
        ),
        "form": Field(an_object, "A JSON Schema for the `data` of the answer."),
        "expires_in_seconds": Field(
            integer(60, MAX_DELAY_SECONDS), "How long to wait; else for as long as it takes.", default=None
        ),
        "default": Field(
            one_of(*DECISIONS), "What counts when that is over; else the node fails.", default=None
        ),
    },
    handles=lambda _: DECISIONS,
    rules=_rules,
    suspension="token",
)
