"""Lists of workflows: where the workflows table has them, and the counters that hold their lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflows.adapters.dynamodb import Key, Table
from workflows.domain.workflow_names import keys_of_prefix
from workflows.domain.workflow_record import COUNT_RECORD, PUBLIC_SCOPE, WorkflowRecord

_BELOW = "attribute_not_exists(#workflows) OR #workflows < :limit"


@dataclass(frozen=True, slots=True)
class WorkflowScope:
    """A list of workflows: a partition of two indexes of the table.

    Attributes:
        attribute: The partition key of both.
        by_id: The index that has them in the order in which they were made.
        by_name: The index that has them in the order of their names.
        counter: Whose record holds how many there are.
    """

    attribute: str
    partition: str
    by_id: str
    by_name: str
    counter: str

    @property
    def counter_key(self) -> Key:
        return {"workflow_id": self.counter, "record": COUNT_RECORD}

    def in_order_of_id(self) -> Range:
        """All of them, the oldest first."""
        return Range(self, self.by_id, "workflow_id", "0", "g")

    def with_prefix(self, prefix: str) -> Range:
        """Those whose names begin so, whatever the case, in the order of their names."""
        first, last = keys_of_prefix(prefix)
        return Range(self, self.by_name, "name_key", first, last)


@dataclass(frozen=True, slots=True)
class Range:
    """A part of a list in one of its orders: from a sort key to another, both included.

    Attributes:
        sort_key: The attribute that the index sorts by; no two workflows have the same.
    """

    scope: WorkflowScope
    index: str
    sort_key: str
    first: str
    last: str

    @property
    def condition(self) -> str:
        return f"#{self.scope.attribute} = :partition AND #{self.sort_key} BETWEEN :first AND :last"

    @property
    def values(self) -> dict[str, Any]:
        """What `condition` compares with."""
        return {"partition": self.scope.partition, "first": self.first, "last": self.last}


def workflows_of_user(user_id: str) -> WorkflowScope:
    return WorkflowScope("owner_id", user_id, "by_owner", "by_owner_name", f"count#owner#{user_id}")


def public_workflows() -> WorkflowScope:
    return WorkflowScope("public_scope", PUBLIC_SCOPE, "by_visibility", "by_visibility_name", "count#public")


def counter_updates(
    table: Table, old: WorkflowRecord | None, new: WorkflowRecord | None, limit: int | None = None
) -> list[dict[str, Any]]:
    """The updates of counters that belong to a write, in its transaction.

    Args:
        old: The workflow before; None: there was none. The write's condition makes sure of it.
        new: The workflow after; None: it is deleted.
        limit: Of the owner's workflows, for a new one.
    """
    before, after = _scopes_of(old), _scopes_of(new)
    steps = [(scope, 1) for scope in after if scope not in before]
    steps += [(scope, -1) for scope in before if scope not in after]
    own = new and workflows_of_user(new.owner_id)
    return [
        table.update_arguments(scope.counter_key, "ADD #workflows :step", _BELOW, step=step, limit=limit)
        if limit is not None and scope == own
        else table.update_arguments(scope.counter_key, "ADD #workflows :step", step=step)
        for scope, step in steps
    ]


def _scopes_of(record: WorkflowRecord | None) -> list[WorkflowScope]:
    """The lists that a workflow is in."""
    if record is None:
        return []
    own = workflows_of_user(record.owner_id)
    return [own, public_workflows()] if record.visibility == "public" else [own]
