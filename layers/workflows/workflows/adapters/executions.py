"""The executions table: executions, and their nodes' records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workflows.adapters.dynamodb import ConditionFailed, Item, Key, Table, transact
from workflows.domain.execution import (
    EXECUTION_RECORD,
    TERMINAL,
    Execution,
    label_record,
    status_key,
)
from workflows.domain.execution_error import ExecutionError
from workflows.domain.ids import is_id
from workflows.domain.loop import is_failure_key
from workflows.domain.node_record import NODE_PREFIX, NodeRecord, is_node_key, node_key
from workflows.domain.payload import Payload
from workflows.domain.scopes import SCOPE_ATTRIBUTES
from workflows.domain.tally import MARKER_RECORD
from workflows.domain.transitions import Transition

_CHILD_PREFIX = "child#"
_DELETED = "deleted"
"""Status of an execution that nobody sees any more: its records are about to go."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a consistent read found: the execution, and records by node id.

    Attributes:
        has_failed: Whether an iteration, or a loop, that was asked about has failed.
    """

    execution: Execution
    nodes: dict[str, NodeRecord]
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class ExecutionStore:
    table: Table

    def create(self, execution: Execution) -> None:
        """Write a new execution, into its lists and those of its labels.

        Raises:
            ConditionFailed: There is one with this id, which `item` holds.
        """
        condition = "attribute_not_exists(#execution_id)"
        if not execution.labels:
            self.table.put(execution.to_item(), condition)
            return
        puts = [self.table.put_arguments(execution.to_item(), condition)]
        puts += [self.table.put_arguments(item) for item in execution.label_items()]
        try:
            transact(puts=puts)
        except ConditionFailed as error:
            key = _execution_key(execution.execution_id)
            raise ConditionFailed(self.table.get(key, consistent=True)) from error

    def get(self, execution_id: str, *, consistent: bool = True) -> Execution | None:
        if not is_id(execution_id):
            return None  # DynamoDB takes no key of any length that a caller may think of.
        item = self.table.get(_execution_key(execution_id), consistent=consistent)
        return Execution.from_item(item) if item and item["status"] != _DELETED else None

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

    def read_nodes(self, execution_id: str, records: Iterable[str]) -> Snapshot | None:
        """The execution with the records of some of its nodes, by node id, read consistently.

        Args:
            records: Their sort keys, and those of failures that it is to be asked about.
        """
        keys: list[Key] = [_execution_key(execution_id)]
        keys += [{"execution_id": execution_id, "record": record} for record in records]
        return _snapshot(self.table.batch_get(keys, consistent=True))

    def read_records(self, execution_id: str, path: str, node_ids: Sequence[str]) -> dict[str, NodeRecord]:
        """The records of some nodes, by node id, read consistently."""
        keys = [{"execution_id": execution_id, "record": node_key(path, node_id)} for node_id in node_ids]
        items = self.table.batch_get(keys, consistent=True)
        return {item["node_id"]: NodeRecord.from_item(item) for item in items}

    def read_many(self, execution_id: str, records: Sequence[str]) -> dict[str, NodeRecord]:
        """The records of any number of nodes, by sort key, read consistently."""
        keys = [{"execution_id": execution_id, "record": record} for record in records]
        items = self.table.batch_get(keys, consistent=True)
        return {item["record"]: NodeRecord.from_item(item) for item in items}

    def read_iterations(self, execution_id: str, limit: int) -> list[NodeRecord]:
        """Records of nodes in loops, in the order of their keys, at most `limit`."""
        items = self.table.iterate(
            "#execution_id = :execution_id AND begins_with(#record, :prefix)",
            page_items=limit,
            execution_id=execution_id,
            prefix=f"{NODE_PREFIX}@",
        )
        return [NodeRecord.from_item(item) for item in islice(items, limit)]

    def records(self, execution_ids: Sequence[str]) -> list[Item]:
        """The items of executions themselves, also of those that nobody sees any more; read consistently."""
        return self.table.batch_get([_execution_key(id_) for id_ in execution_ids], consistent=True)

    def apply(self, execution_id: str, transition: Transition) -> Execution:
        """Change the status of an execution; returns it as it is then.

        Raises:
            ConditionFailed: It was in another status or attempt, which `item` holds; None: no such execution.
        """
        item = self.table.update(_execution_key(execution_id), **_arguments(execution_id, transition))
        return Execution.from_item(item)

    def postpone(self, execution: Execution, due_at: str | None) -> None:
        """Set when the execution is due next (None: never), unless somebody has changed that meanwhile."""
        change = "REMOVE #due_at" if due_at is None else "SET #due_at = :due_at"
        values = {"old": execution.due_at} | ({} if due_at is None else {"due_at": due_at})
        with suppress(ConditionFailed):
            self.table.update(_execution_key(execution.execution_id), change, "#due_at = :old", **values)

    def has_live_lease(self, execution_id: str, at: str) -> bool:
        """Whether the function of some node of the execution may still be at work at that time, or was.

        Args:
            at: Now or earlier; nodes that have ended since then were at work.
        """
        items = self.table.iterate(
            "#execution_id = :execution_id AND begins_with(#record, :prefix)",
            consistent=True,
            execution_id=execution_id,
            prefix=NODE_PREFIX,
        )
        return any(
            item.get("completed_at", "") > at
            or (item["status"] == "running" and item.get("lease_until", "") > at)
            for item in items
        )

    def hide(self, execution_id: str, due_at: str) -> None:
        """Take an execution that has ended out of everybody's sight, for good.

        Raises:
            ConditionFailed: It has not ended; `item` holds it.
        """
        removed = ("status_execution_id", *SCOPE_ATTRIBUTES)
        item = self.table.update(
            _execution_key(execution_id),
            "SET #status = :deleted, #due_at = :due_at REMOVE " + ", ".join(f"#{name}" for name in removed),
            f"#status IN ({', '.join(f':{status}' for status in sorted(TERMINAL))})",
            deleted=_DELETED,
            due_at=due_at,
            **{status: status for status in TERMINAL},
        )
        self.table.batch_delete(
            {"execution_id": execution_id, "record": label_record(label)} for label in item.get("labels", ())
        )

    def purge(self, execution_id: str) -> None:
        """Delete all items of an execution, its own last: until then this can be begun anew.

        What says how it was counted stays for some days, as it may be asked for again.
        """
        # Page by page: what is deleted stays so, should there be more of it than time.
        self.table.batch_delete(
            {"execution_id": execution_id, "record": item["record"]}
            for item in self._items(execution_id, "record")
            if item["record"] not in (EXECUTION_RECORD, MARKER_RECORD)
        )
        self.table.batch_delete([_execution_key(execution_id)])

    def _items(self, execution_id: str, *attributes: str) -> Iterator[Item]:
        return self.table.iterate(
            "#execution_id = :execution_id", only=attributes, consistent=True, execution_id=execution_id
        )

    def use_state_machines(self, execution: Execution) -> None:
        """Have an execution started on other state machines than those it was accepted for."""
        self.table.update(
            _execution_key(execution.execution_id),
            "SET #state_machine_arn = :state_machine_arn"
            + (", #clean_up_arn = :clean_up_arn" if execution.clean_up_arn else ""),
            "attribute_exists(#execution_id)",
            state_machine_arn=execution.state_machine_arn,
            **({"clean_up_arn": execution.clean_up_arn} if execution.clean_up_arn else {}),
        )

    def put_node(self, record: NodeRecord, previous: NodeRecord | None) -> None:
        """Write a node's record over `previous`, as read before; None: there was none.

        Raises:
            ConditionFailed: Somebody else wrote it meanwhile.
        """
        condition, values = _unchanged(previous)
        self.table.put(record.to_item(), condition, **values)

    def fail_with_node(self, record: NodeRecord, previous: NodeRecord | None, transition: Transition) -> None:
        """Write a node's final failure and the execution's, both or none.

        Raises:
            ConditionFailed: The node's record changed, or the execution does not run in this attempt.
        """
        node_condition, node_values = _unchanged(previous)
        key = _execution_key(record.execution_id)
        transact(
            puts=[self.table.put_arguments(record.to_item(), node_condition, **node_values)],
            updates=[self.table.update_arguments(key, **_arguments(record.execution_id, transition))],
        )

    def fail_iteration(self, record: NodeRecord, previous: NodeRecord | None, failure: str) -> None:
        """Write a node's final failure, and that its iteration has failed with it: both or none.

        Args:
            failure: The sort key of the latter.

        Raises:
            ConditionFailed: The node's record changed.
        """
        condition, values = _unchanged(previous)
        node = self.table.put_arguments(record.to_item(), condition, **values)
        transact(puts=[node, self.table.put_arguments(self._failure(record, failure))])

    def fail_loop(self, execution_id: str, failure: str) -> None:
        """Write that a loop has failed, by the sort key of that."""
        self.table.put({"execution_id": execution_id, "record": failure})

    def failures(self, execution_id: str, prefix: str) -> dict[str, ExecutionError]:
        """The errors of the iterations that have failed, by the sort key of that."""
        items = self.table.iterate(
            "#execution_id = :execution_id AND begins_with(#record, :prefix)",
            consistent=True,
            execution_id=execution_id,
            prefix=prefix,
        )
        found = ((item["record"], ExecutionError.from_item(item.get("error"))) for item in items)
        return {record: error for record, error in found if error is not None}

    def put_child(self, execution_id: str, child_id: str, attempt: int) -> None:
        """Write that an attempt of an execution is about to start another."""
        key = {"execution_id": execution_id, "record": f"{_CHILD_PREFIX}{child_id}"}
        self.table.put({**key, "attempt": attempt})

    def children(self, execution_id: str) -> dict[str, int]:
        """By the ids of the executions that one has started, in which attempt it did."""
        items = self.table.iterate(
            "#execution_id = :execution_id AND begins_with(#record, :prefix)",
            consistent=True,
            execution_id=execution_id,
            prefix=_CHILD_PREFIX,
        )
        return {item["record"].removeprefix(_CHILD_PREFIX): item["attempt"] for item in items}

    def put_batch(self, execution_id: str, record: str, results: Payload) -> None:
        """Write what came of a batch of iterations.

        Raises:
            ConditionFailed: Somebody has written what came of it, or of its beginning.
        """
        item = {"execution_id": execution_id, "record": record, "output": results.to_item()}
        self.table.put(item, "attribute_not_exists(#record)")

    def batches(self, execution_id: str, first: str, last: str) -> dict[str, Payload]:
        """What came of batches, by their sort keys, in order.

        Args:
            first, last: The sort keys between which to look.
        """
        items = self.table.iterate(
            "#execution_id = :execution_id AND #record BETWEEN :first AND :last",
            consistent=True,
            execution_id=execution_id,
            first=first,
            last=last,
        )
        return {item["record"]: Payload.from_item(item["output"]) for item in items}

    @staticmethod
    def _failure(record: NodeRecord, key: str) -> Item:
        item = {"execution_id": record.execution_id, "record": key}
        return {**item, "error": record.error.to_item()} if record.error else item


def _execution_key(execution_id: str) -> Key:
    return {"execution_id": execution_id, "record": EXECUTION_RECORD}


def _snapshot(items: Iterable[Item]) -> Snapshot | None:
    execution = None
    nodes = {}
    has_failed = False
    for item in items:
        if item["record"] == EXECUTION_RECORD and item["status"] != _DELETED:
            execution = Execution.from_item(item)
        elif is_node_key(item["record"]):
            nodes[item["node_id"]] = NodeRecord.from_item(item)
        elif is_failure_key(item["record"]):
            has_failed = True
    return Snapshot(execution, nodes, has_failed) if execution else None


def _unchanged(previous: NodeRecord | None) -> tuple[str, dict[str, Any]]:
    """The condition that a node's record still is `previous`: each write changes one of these."""
    if previous is None:
        return "attribute_not_exists(#record)", {}
    values = {"old_status": previous.status, "old_tries": previous.tries, "old_attempt": previous.attempt}
    condition = "#status = :old_status AND #tries = :old_tries AND #attempt = :old_attempt"
    if previous.iterations is not None:
        values["old_iterations"] = previous.iterations
        condition += " AND #iterations = :old_iterations"
    if previous.lease_until is None:
        return f"{condition} AND attribute_not_exists(#lease_until)", values
    return f"{condition} AND #lease_until = :old_lease", {**values, "old_lease": previous.lease_until}


def _arguments(execution_id: str, transition: Transition) -> dict[str, Any]:
    """The expression, condition and values of an update that makes a transition."""
    changes: dict[str, Any] = {
        "status": transition.target,
        "status_execution_id": status_key(transition.target, execution_id),
        **transition.changes,
    }
    kept = {name: value for name, value in changes.items() if value is not None}
    removed = [f"#{name}" for name in changes if name not in kept]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in kept)
    if removed:
        expression += " REMOVE " + ", ".join(removed)
    allowed = {f"from_{status}": status for status in transition.sources}
    condition = f"#status IN ({', '.join(f':{name}' for name in allowed)})"
    values = {**kept, **allowed}
    if transition.attempt is not None:
        condition += " AND #attempt = :in_attempt"
        values["in_attempt"] = transition.attempt
    return {"expression": expression, "condition": condition, **values}
