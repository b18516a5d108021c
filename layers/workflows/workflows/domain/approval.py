"""Approvals: what is asked of whom, and what may be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workflows.domain.workflow import JsonValue

Decision = Literal["approved", "rejected"]
DECISIONS: tuple[Decision, ...] = ("approved", "rejected")

MAX_APPROVERS = 50


@dataclass(frozen=True, slots=True)
class Request:
    """What an approval asks; the output of its node until it is answered.

    Attributes:
        approvers: The users who may answer; none: those who may see the execution's data.
        form: JSON Schema of the answer's data; None: anything.
    """

    message: str
    approvers: tuple[str, ...]
    form: Mapping[str, JsonValue] | None

    def to_json(self) -> dict[str, Any]:
        return {"message": self.message, "approvers": list(self.approvers), "form": self.form}

    @classmethod
    def from_json(cls, value: JsonValue) -> Request:
        return cls(value["message"], tuple(value["approvers"]), value["form"])


def answer(decision: Decision, by: str | None, at: str, data: JsonValue) -> dict[str, Any]:
    """The output of an answered approval.

    Args:
        by: Who decided; None if time did.
    """
    return {"decision": decision, "by": by, "at": at, "data": data}
