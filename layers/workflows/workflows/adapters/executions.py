"""The executions table: executions, their nodes' records, and the lists of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workflows.adapters.dynamodb import Item, Key, Table, transact
from workflows.domain.execution import (
    EXECUTION_RECORD,
    Execution,
    ExecutionError,
    NodeRecord,
    Status,
    all_scopes,
    is_node_key,
    node_key,
    status_key,
)
from workflows.domain.ids import is_id
from workflows.domain.payload import Payload

_PAGE_ITEMS = 250


@dataclass(frozen=True, slots=True)
class Scope:
    """A list of executions: an index of the table, and the partitions of it that make up the list."""

    index: str
    attribute: str
    partitions: tuple[str, ...]


def executions_of_user(user_id: str) -> Scope:
    return Scope("by_user", "user_scope", (user_id,))


def executions_of_workflow(workflow_id: str) -> Scope:
    return Scope("by_workflow", "workflow_scope", (workflow_id,))


def public_executions_of_workflow(workflow_id: str) -> Scope:
    """Those started while the workflow was public."""
    return Scope("by_public_workflow", "public_scope", (workflow_id,))


def executions_of_user_and_workflow(user_id: str, workflow_id: str) -> Scope:
    return Scope("by_user_workflow", "user_workflow_scope", (f"{user_id}#{workflow_id}",))


def all_executions() -> Scope:
    return Scope("by_all", "all_scope", all_scopes())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a consistent read found: the execution, and records by node id."""

    execution: Execution
    nodes: dict[str, NodeRecord]


@dataclass(frozen=True, slots=True)
class ExecutionStore:
    table: Table

    def create(self, execution: Execution) -> None:
        """Write a new execution.

        Raises:
            ConditionFailed: There is one with this id.
        """
        self.table.put(execution.to_item(), "attribute_not_exists(#execution_id)")

    def get(self, execution_id: str) -> Execution | None:
        if not is_id(execution_id):
            return None  # DynamoDB takes no key of any length that a caller may think of.
        item = self.table.get(_execution_key(execution_id), consistent=True)
        return Execution.from_item(item) if item else None

    def read(self, execution_id: str) -> Snapshot | None:
        """The execution with all its nodes' records (outside loops), by node id; None if there is none."""
        if not is_id(execution_id):
            return None
        items = self.table.iterate(
            "#execution_id = :execution_id AND #record BETWEEN :first AND :last",
            consistent=True,
            execution_id=execution_id,
            first=EXECUTION_RECORD,
            last=node_key("", "~"),
        )
        return _snapshot(items)

    def read_nodes(self, execution_id: str, path: str, node_ids: Sequence[str]) -> Snapshot | None:
        """The execution with the records of some of its nodes, by node id, read consistently."""
        keys: list[Key] = [_execution_key(execution_id)]
        keys += [{"execution_id": execution_id, "record": node_key(path, node_id)} for node_id in node_ids]
        return _snapshot(self.table.batch_get(keys, consistent=True))

    def move(
        self,
        execution_id: str,
        sources: Sequence[Status],
        target: Status,
        *,
        attempt: int | None = None,
        result: Payload | None = None,
        error: ExecutionError | None = None,
        completed_at: str | None = None,
        cancelled_at: str | None = None,
    ) -> Execution:
        """Set the status to `target`, and what is given with it, if it is one of `sources` (in `attempt`).

        Raises:
            ConditionFailed: It was in another status or attempt, which `item` holds; None: no such execution.
        """
        expression, condition, values = _move(
            execution_id,
            sources,
            target,
            attempt,
            result=result and result.to_item(),
            error=error and error.to_item(),
            completed_at=completed_at,
            cancelled_at=cancelled_at,
        )
        item = self.table.update(_execution_key(execution_id), expression, condition, **values)
        return Execution.from_item(item)

    def use_state_machine(self, execution_id: str, arn: str) -> None:
        """Have an execution started on another state machine than the one it was accepted for."""
        self.table.update(
            _execution_key(execution_id),
            "SET #state_machine_arn = :arn",
            "attribute_exists(#execution_id)",
            arn=arn,
        )

    def put_node(self, record: NodeRecord, previous: NodeRecord | None) -> None:
        """Write a node's record over `previous`, as read before; None: there was none.

        Raises:
            ConditionFailed: Somebody else wrote it meanwhile.
        """
        condition, values = _unchanged(previous)
        self.table.put(record.to_item(), condition, **values)

    def fail_with_node(
        self, record: NodeRecord, previous: NodeRecord | None, error: ExecutionError, completed_at: str
    ) -> None:
        """Write a node's final failure and the execution's, both or none.

        Raises:
            ConditionFailed: The node's record changed, or the execution does not run in this attempt.
        """
        node_condition, node_values = _unchanged(previous)
        expression, condition, values = _move(
            record.execution_id,
            ("running",),
            "failed",
            record.attempt,
            error=error.to_item(),
            completed_at=completed_at,
        )
        key = _execution_key(record.execution_id)
        transact(
            puts=[self.table.put_arguments(record.to_item(), node_condition, **node_values)],
            updates=[self.table.update_arguments(key, expression, condition, **values)],
        )

    def page(
        self, scope: Scope, statuses: Sequence[Status], *, newest_first: bool, offset: int, limit: int
    ) -> list[Item]:
        """Summaries (the index's projection) by time, without the first `offset`, at most `limit`."""
        sources = [
            self._entries(scope, partition, status, newest_first, offset + limit)
            for partition in scope.partitions
            for status in statuses or (None,)
        ]
        merged = heapq.merge(*sources, key=lambda item: item["execution_id"], reverse=newest_first)
        return list(islice(_distinct(merged), offset, offset + limit))

    def count(self, scope: Scope, statuses: Sequence[Status]) -> int:
        """How many executions a list holds."""
        return sum(
            self.table.count(condition, index=index, **values)
            for partition in scope.partitions
            for status in statuses or (None,)
            for index, condition, values in [_list_query(scope, partition, status)]
        )

    def _entries(
        self, scope: Scope, partition: str, status: Status | None, newest_first: bool, wanted: int
    ) -> Iterator[Item]:
        index, condition, values = _list_query(scope, partition, status)
        return self.table.iterate(
            condition, index=index, forward=not newest_first, page_items=min(wanted, _PAGE_ITEMS), **values
        )


def _execution_key(execution_id: str) -> Key:
    return {"execution_id": execution_id, "record": EXECUTION_RECORD}


def _snapshot(items: Iterable[Item]) -> Snapshot | None:
    execution = None
    nodes = {}
    for item in items:
        if item["record"] == EXECUTION_RECORD:
            execution = Execution.from_item(item)
        elif is_node_key(item["record"]):
            nodes[item["node_id"]] = NodeRecord.from_item(item)
    return Snapshot(execution, nodes) if execution else None


def _unchanged(previous: NodeRecord | None) -> tuple[str, dict[str, Any]]:
    """The condition that a node's record still is `previous`: each write changes one of the three."""
    if previous is None:
        return "attribute_not_exists(#record)", {}
    return (
        "#status = :old_status AND #tries = :old_tries AND #attempt = :old_attempt",
        {"old_status": previous.status, "old_tries": previous.tries, "old_attempt": previous.attempt},
    )


def _move(
    execution_id: str,
    sources: Sequence[Status],
    target: Status,
    attempt: int | None,
    **details: Any,
) -> tuple[str, str, dict[str, Any]]:
    changes: dict[str, Any] = {
        "status": target,
        "status_execution_id": status_key(target, execution_id),
        **{name: value for name, value in details.items() if value is not None},
    }
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
    allowed = {f"from_{status}": status for status in sources}
    condition = f"#status IN ({', '.join(f':{name}' for name in allowed)})"
    values = {**changes, **allowed}
    if attempt is not None:
        condition += " AND #attempt = :attempt"
        values["attempt"] = attempt
    return expression, condition, values


def _list_query(scope: Scope, partition: str, status: Status | None) -> tuple[str, str, dict[str, Any]]:
    condition = f"#{scope.attribute} = :partition"
    if status is None:
        return scope.index, condition, {"partition": partition}
    return (
        f"{scope.index}_status",
        f"{condition} AND begins_with(#status_execution_id, :prefix)",
        {"partition": partition, "prefix": status_key(status, "")},
    )


def _distinct(items: Iterator[Item]) -> Iterator[Item]:
    # An execution that changes status between two queries is in both of their answers.
    previous = None
    for item in items:
        if item["execution_id"] != previous:
            yield item
        previous = item["execution_id"]
