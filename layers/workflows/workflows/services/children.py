"""Executions that nodes of others started: with the authority of the parent's workflow's owner."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.gates import GateStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import execution_store, gate_store, payload_store, user_store
from workflows.adapters.task_tokens import send_failure, send_success
from workflows.adapters.users import UserStore
from workflows.domain.access import Caller
from workflows.domain.execution import Execution, Parent
from workflows.domain.gate import Gate, is_own_gate, own_gate
from workflows.domain.node_record import NodeRecord, node_key
from workflows.domain.times import now
from workflows.domain.workflow import JsonValue
from workflows.services.ends import Cancels, cancels
from workflows.services.starts import Starts, Wanted, starts

WOKEN = "Woken"
"""Name of the error by which a Task that waits is told to look again: its Retry knows it."""


@dataclass(frozen=True, slots=True)
class Children:
    """What a `workflow` node needs."""

    starts: Starts
    executions: ExecutionStore
    payloads: PayloadStore
    users: UserStore
    cancels: Cancels

    def start(self, parent: Execution, node: Parent, child_id: str, workflow_id: str, wanted: Wanted) -> None:
        """Start an execution for a node of another; doing so again, with the same id, changes nothing.

        Args:
            node: Which node of the parent it is for.

        Raises:
            NotFound: The owner may know of no such workflow or version.
            InvalidInputs: They are not as its schema says.
            QuotaExceeded: The owner's workflows have started as many today as they may.
        """
        user = self.users.get(parent.owner_id)
        owner = Caller("user", parent.owner_id, tier=user.tier if user else "standard")
        self.executions.put_child(parent.execution_id, child_id, parent.attempt)
        self.starts.execute_child(owner, parent, node, child_id, workflow_id, wanted)
        if not parent.cleans_up and _has_failed(self.executions.get(parent.execution_id)):
            # Whoever cancelled the parent's children may have found none just before.
            self.cancels.cancel_child(child_id, parent.execution_id)

    def find(self, child_id: str) -> Execution | None:
        """An execution as it is now."""
        return self.executions.get(child_id)

    def result(self, child: Execution) -> JsonValue:
        """What a completed execution has resulted in."""
        return None if child.result is None else self.payloads.get(child.execution_id, child.result)


@dataclass(frozen=True, slots=True)
class Relations:
    """What the end of an execution means to the one that started it, and to those that it started."""

    executions: ExecutionStore
    gates: GateStore
    cancels: Cancels

    def on_end(self, execution: Execution) -> None:
        """Wake the node that waits for it; and unless it completed, cancel what it started. Idempotent."""
        if execution.parent is not None:
            parent = execution.parent
            for gate in self.gates.read(parent.execution_id, parent.path, (own_gate(parent.node_id),)):
                _wake(gate)
        if _has_failed(execution) and _has_failed(self.executions.get(execution.execution_id)):
            for child_id, attempt in self.executions.children(execution.execution_id).items():
                # Neither what a later attempt has started, nor what cleans up after a cancel.
                is_later = attempt > execution.attempt
                if not (is_later or (execution.cleans_up and attempt == execution.attempt)):
                    self.cancels.cancel_child(child_id, execution.execution_id)

    def look_after(self, execution: Execution) -> None:
        """Tell Tasks that wait although their nodes need not: what should have told them was lost.

        One whose parent has ended is cancelled: it may have been started just then.
        """
        if execution.parent and self._is_orphan(execution.parent.execution_id, execution):
            self.cancels.cancel_child(execution.execution_id, execution.parent.execution_id)
            return
        gates = [gate for gate in self.gates.all(execution.execution_id) if is_own_gate(gate.gate_id)]
        keys = {node_key(gate.path, gate.awaits[0]): gate for gate in gates}
        for key, record in self.executions.read_many(execution.execution_id, list(keys)).items():
            if record.is_settled:
                for token in keys[key].tokens:
                    send_success(token, record.branch or "")
                # Who comes to wait there from now on finds the node settled; of a long loop there are many.
                with suppress(ConditionFailed):
                    self.gates.delete(keys[key])
            elif record.is_asking and self._has_news(record):
                _wake(keys[key])

    def _is_orphan(self, parent_id: str, child: Execution) -> bool:
        parent = self.executions.get(parent_id)
        if parent is not None and parent.cleans_up:
            return self.executions.children(parent_id).get(child.execution_id) != parent.attempt
        return _has_failed(parent)

    def _has_news(self, record: NodeRecord) -> bool:
        if record.child_id is None:
            return record.expires_at is not None and record.expires_at <= now()
        child = self.executions.get(record.child_id)
        return child is None or child.is_terminal


def _has_failed(execution: Execution | None) -> bool:
    """Whether an execution has ended, or was deleted, and what it started is of no use to it."""
    return execution is None or (execution.is_terminal and execution.status != "completed")


def _wake(gate: Gate) -> None:
    for token in gate.tokens:
        send_failure(token, WOKEN, "what the node waits for has happened")


@cache
def children() -> Children:
    return Children(starts(), execution_store(), payload_store(), user_store(), cancels())


@cache
def relations() -> Relations:
    return Relations(execution_store(), gate_store(), cancels())
