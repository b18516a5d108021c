"""An execution of a workflow: its statuses, its record, and the lists that it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from workflows.domain.execution_error import ExecutionError
from workflows.domain.payload import Payload
from workflows.domain.scopes import ALL_SHARDS, Scope, label_scopes_of, scopes_of, shard_of
from workflows.domain.workflow import Visibility

Status = Literal["pending", "running", "paused", "completed", "failed", "cancelled"]

STATUSES: tuple[Status, ...] = ("pending", "running", "paused", "completed", "failed", "cancelled")
"""In the order of an execution's life; filtered lists are read in this order."""

TERMINAL: frozenset[Status] = frozenset({"completed", "failed", "cancelled"})

EXECUTION_RECORD = "execution"


MAX_DEPTH = 10
"""How deep executions start others."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The node that started an execution.

    Attributes:
        path: The loop iterations around it; empty outside loops.
    """

    execution_id: str
    node_id: str
    path: str = ""

    def to_item(self) -> dict[str, str]:
        return {"execution_id": self.execution_id, "node_id": self.node_id, "path": self.path}

    @classmethod
    def from_item(cls, item: dict[str, str] | None) -> Parent | None:
        return None if item is None else cls(**item)


@dataclass(frozen=True, slots=True)
class Execution:
    """The record `execution`. Times are ISO 8601 UTC.

    Attributes:
        user_id: Who executed it; None for an anonymous caller.
        owner_id: The workflow's owner when it started.
        visibility: The workflow's when it started, frozen.
        attempt: Counts from 1; attempt k is the Step Functions execution `<execution_id>-<k>`.
        inputs: As given.
        variables: The workflow's, overlaid by inputs of the same name.
        started_at: When it was accepted.
        begun_at: When the first node of this attempt started.
        timeout_seconds: How long it may run, pauses aside; None: as long as Step Functions lets it.
        deadline: Until when, while it runs; of a cancelled one, until when it cleans up.
        remaining_seconds: What is left of that time, of one that was paused.
        due_at: When the reconciler looks at it, if nothing else happens before.
        slots: By scope, how many executions may run at once there; it takes one of these while it does.
        webhook_url: Where to tell of its end.
        replay_of: The execution that it repeats.
        idempotency_key: The key that stands for it, in the form in which keys are stored.
        clean_up_arn: The state machine that runs after a cancel, if any is to.
        clean_up_seconds: How long that may take.
        cleans_up: Whether the current attempt is that, of a cancelled execution.
        secret_hash: SHA-256 of the secret that an anonymous caller got back; empty for others.
        parent: The node of another execution that started it.
        depth: How many executions are above it.
    """

    execution_id: str
    workflow_id: str
    version: int
    owner_id: str
    visibility: Visibility
    status: Status
    inputs: Payload
    variables: Payload
    started_at: str
    state_machine_arn: str
    user_id: str | None = None
    attempt: int = 1
    labels: tuple[str, ...] = ()
    begun_at: str | None = None
    completed_at: str | None = None
    cancelled_at: str | None = None
    paused_at: str | None = None
    timeout_seconds: int | None = None
    deadline: str | None = None
    remaining_seconds: int | None = None
    due_at: str | None = None
    result: Payload | None = None
    error: ExecutionError | None = None
    slots: Mapping[str, int] = field(default_factory=dict)
    webhook_url: str | None = None
    replay_of: str | None = None
    idempotency_key: str | None = None
    clean_up_arn: str | None = None
    clean_up_seconds: int | None = None
    cleans_up: bool = False
    secret_hash: str = ""
    parent: Parent | None = None
    depth: int = 0

    @property
    def name(self) -> str:
        """Name of the current attempt's Step Functions execution."""
        return f"{self.execution_id}-{self.attempt}"

    @property
    def machine_arn(self) -> str:
        """The state machine of the current attempt."""
        return self.clean_up_arn if self.cleans_up and self.clean_up_arn else self.state_machine_arn

    @property
    def is_cleaning_up(self) -> bool:
        """Whether it was cancelled, and nodes that clean up after it are under way."""
        return self.cleans_up and self.due_at is not None

    @property
    def is_final(self) -> bool:
        """Whether it changes no more: what failed can be retried, and what was cancelled may clean up."""
        return self.status == "completed" or (self.status == "cancelled" and not self.is_cleaning_up)

    def previous_attempt(self) -> Execution:
        """It as it was in the attempt before."""
        return replace(self, attempt=self.attempt - 1, cleans_up=False)

    def lets_run(self, attempt: int, at: str) -> bool:
        """Whether nodes of an attempt may start."""
        if self.attempt != attempt:
            return False
        return self.status == "running" or (self.cleans_up and at < (self.deadline or ""))

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL

    def to_item(self) -> dict[str, Any]:
        """Its item, with the sparse keys of the list indexes."""
        item: dict[str, Any] = {
            "execution_id": self.execution_id,
            "record": EXECUTION_RECORD,
            "workflow_id": self.workflow_id,
            "version": self.version,
            "owner_id": self.owner_id,
            "visibility": self.visibility,
            "status": self.status,
            "inputs": self.inputs.to_item(),
            "variables": self.variables.to_item(),
            "started_at": self.started_at,
            "state_machine_arn": self.state_machine_arn,
            "user_id": self.user_id,
            "attempt": self.attempt,
            "labels": list(self.labels),
            "begun_at": self.begun_at,
            "completed_at": self.completed_at,
            "cancelled_at": self.cancelled_at,
            "paused_at": self.paused_at,
            "timeout_seconds": self.timeout_seconds,
            "deadline": self.deadline,
            "remaining_seconds": self.remaining_seconds,
            "due_at": self.due_at,
            "slots": dict(self.slots),
            "webhook_url": self.webhook_url,
            "replay_of": self.replay_of,
            "idempotency_key": self.idempotency_key,
            "clean_up_arn": self.clean_up_arn,
            "clean_up_seconds": self.clean_up_seconds,
            "cleans_up": self.cleans_up or None,
            "result": self.result and self.result.to_item(),
            "error": self.error and self.error.to_item(),
            "secret_hash": self.secret_hash,
            "parent": self.parent and self.parent.to_item(),
            "depth": self.depth or None,
            "due_scope": due_scope(self.execution_id),
            **self._list_keys(self.scopes),
        }
        return {name: value for name, value in item.items() if value not in (None, "", [], {})}

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The lists that it is in, those of its labels apart."""
        return scopes_of(self.user_id, self.workflow_id, self.visibility)

    def label_scopes(self, label: str) -> tuple[Scope, ...]:
        """The lists of a label that it is in."""
        return label_scopes_of(label, self.user_id, self.workflow_id)

    def label_items(self) -> list[dict[str, Any]]:
        """An item for each label: what lists show of the execution."""
        shown = {
            "execution_id": self.execution_id,
            "workflow_id": self.workflow_id,
            "status": self.status,
            "started_at": self.started_at,
            "completed_at": self.completed_at,
            "user_id": self.user_id,
            "labels": list(self.labels),
        }
        kept = {name: value for name, value in shown.items() if value is not None}
        return [
            {**kept, "record": label_record(label), **self._list_keys(self.label_scopes(label))}
            for label in self.labels
        ]

    def _list_keys(self, scopes: tuple[Scope, ...]) -> dict[str, str]:
        keys: dict[str, str] = {scope.attribute: scope.partition_of(self.execution_id) for scope in scopes}
        return {"status_execution_id": status_key(self.status, self.execution_id), **keys}

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> Execution:
        return cls(
            execution_id=item["execution_id"],
            workflow_id=item["workflow_id"],
            version=item["version"],
            owner_id=item["owner_id"],
            visibility=item["visibility"],
            status=item["status"],
            inputs=Payload.from_item(item["inputs"]),
            variables=Payload.from_item(item["variables"]),
            started_at=item["started_at"],
            state_machine_arn=item["state_machine_arn"],
            user_id=item.get("user_id"),
            attempt=item["attempt"],
            labels=tuple(item.get("labels", ())),
            begun_at=item.get("begun_at"),
            completed_at=item.get("completed_at"),
            cancelled_at=item.get("cancelled_at"),
            paused_at=item.get("paused_at"),
            timeout_seconds=item.get("timeout_seconds"),
            deadline=item.get("deadline"),
            remaining_seconds=item.get("remaining_seconds"),
            due_at=item.get("due_at"),
            slots=item.get("slots", {}),
            webhook_url=item.get("webhook_url"),
            replay_of=item.get("replay_of"),
            idempotency_key=item.get("idempotency_key"),
            clean_up_arn=item.get("clean_up_arn"),
            clean_up_seconds=item.get("clean_up_seconds"),
            cleans_up=item.get("cleans_up", False),
            result=Payload.from_item(item["result"]) if "result" in item else None,
            error=ExecutionError.from_item(item.get("error")),
            secret_hash=item.get("secret_hash", ""),
            parent=Parent.from_item(item.get("parent")),
            depth=item.get("depth", 0),
        )


def status_key(status: Status, execution_id: str) -> str:
    """Sort key of the indexes that filter by status: in a status, by time."""
    return f"{status}#{execution_id}"


def label_record(label: str) -> str:
    """Sort key of the item by which an execution is in the lists of a label."""
    return f"by_label#{label}"


def due_scope(execution_id: str) -> str:
    """The shard of an execution in the index over those that the reconciler is to look at."""
    return f"due#{shard_of(execution_id, ALL_SHARDS)}"


def due_scopes() -> tuple[str, ...]:
    return tuple(f"due#{shard}" for shard in range(ALL_SHARDS))
