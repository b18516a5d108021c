"""The lists that executions are in, each with its pair of indexes: a user's, a workflow's and so on.

An item is in the list that its attribute names. Executions with labels have an item more for each label,
which is in the lists of that label alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from workflows.domain.workflow import Visibility

ScopeAttribute = Literal["user_scope", "workflow_scope", "public_scope", "user_workflow_scope", "all_scope"]
SCOPE_ATTRIBUTES: tuple[ScopeAttribute, ...] = (
    "user_scope",
    "workflow_scope",
    "public_scope",
    "user_workflow_scope",
    "all_scope",
)
_INDEXES: dict[ScopeAttribute, str] = {
    "user_scope": "by_user",
    "workflow_scope": "by_workflow",
    "public_scope": "by_public_workflow",
    "user_workflow_scope": "by_user_workflow",
    "all_scope": "by_all",
}

ALL_SHARDS = 4
"""Partitions of each index over all executions; one takes about 1,000 writes a second."""

_ANONYMOUS = "#anonymous"
"""In the place of the user of executions of anonymous callers; no other part of a value has a `#`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A list of executions.

    Attributes:
        attribute: What the items in it have.
        value: What that holds; in the list of all, with the shard.
    """

    attribute: ScopeAttribute
    value: str

    @property
    def name(self) -> str:
        return f"{self.attribute}#{self.value}"

    @property
    def index(self) -> str:
        """Of its items by execution id; with `_status` behind it, of those by status and id."""
        return _INDEXES[self.attribute]

    @property
    def partitions(self) -> tuple[str, ...]:
        """Of the indexes: those that make up the list."""
        if self.attribute == "all_scope":
            return tuple(f"{self.value}#{number}" for number in range(ALL_SHARDS))
        return (self.value,)

    def partition_of(self, execution_id: str) -> str:
        """The one that an execution is in."""
        if self.attribute == "all_scope":
            return f"{self.value}#{shard_of(execution_id, ALL_SHARDS)}"
        return self.value

    def labelled(self, label: str) -> Scope:
        """Those of the list that have a label."""
        # Parts have no `#`, so no two lists are taken for one another.
        return replace(self, value=f"label#{_part(label)}#{self.value}")


def of_user(user_id: str | None) -> Scope:
    """Those that a user started; None: all anonymous ones."""
    return Scope("user_scope", _user(user_id))


def of_workflow(workflow_id: str) -> Scope:
    return Scope("workflow_scope", _part(workflow_id))


def of_public_workflow(workflow_id: str) -> Scope:
    """Those started while the workflow was public."""
    return Scope("public_scope", _part(workflow_id))


def of_user_and_workflow(user_id: str | None, workflow_id: str) -> Scope:
    return Scope("user_workflow_scope", f"{_user(user_id)}#{_part(workflow_id)}")


def of_all() -> Scope:
    return Scope("all_scope", "all")


def scopes_of(user_id: str | None, workflow_id: str, visibility: Visibility) -> tuple[Scope, ...]:
    """The lists that an execution is in."""
    shared = (of_public_workflow(workflow_id),) if visibility == "public" else ()
    return (
        of_user(user_id),
        of_workflow(workflow_id),
        *shared,
        of_user_and_workflow(user_id, workflow_id),
        of_all(),
    )


def label_scopes_of(label: str, user_id: str | None, workflow_id: str) -> tuple[Scope, ...]:
    """The lists of a label that an execution is in; none is public, as labels are not."""
    return tuple(scope.labelled(label) for scope in scopes_of(user_id, workflow_id, "private"))


def _user(user_id: str | None) -> str:
    return _part(user_id) if user_id else _ANONYMOUS


def _part(text: str) -> str:
    """A part of a value, whatever callers think of as an id."""
    return text.replace("%", "%25").replace("#", "%23")


def shard_of(execution_id: str, shards: int) -> int:
    """An id's last bits are random."""
    return int(execution_id[-2:], 16) % shards
