"""Watches every write as it happens, and says which rule it breaks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.faults.node_rules import NodeRules
from tests.faults.seam import Invocation
from tests.faults.slot_rules import SlotRules
from tests.faults.status_rules import StatusRules
from tests.faults.tables import Change
from workflows.adapters.attribute_values import from_item
from workflows.domain.execution import EXECUTION_RECORD
from workflows.domain.node_record import is_node_key

EXECUTIONS = "ExecutionsTable"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken."""

    rule: str
    at: float
    execution_id: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.execution_id} at {self.at:.3f}: {self.text}"


@dataclass
class Monitor:
    """What has happened in a world, as far as a rule is about it.

    Attributes:
        traces: What happened to each execution, for people.
        stops: The attempts that an operator stopped, and those that Step Functions ended by its history.
    """

    now: Callable[[], float]
    violations: list[Violation] = field(default_factory=list)
    traces: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    seen: Counter[str] = field(default_factory=Counter)
    stops: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.nodes = NodeRules(self)
        self.statuses = StatusRules(self)
        self.slots = SlotRules(self)

    def broken(self, rule: str, execution_id: str, text: str) -> None:
        self.violations.append(Violation(rule, self.now(), execution_id, text))
        self.trace(execution_id, f"VIOLATION {rule}: {text}")

    def trace(self, execution_id: str, text: str) -> None:
        self.traces[execution_id].append(f"{self.now() - 1_800_000_000:10.3f} {text}")

    def on_change(self, who: Invocation | None, change: Change) -> None:
        """Called as an item is written."""
        if change.table != EXECUTIONS:
            return
        record = change.key[1]
        old = from_item(change.old) if change.old else None
        new = from_item(change.new) if change.new else None
        if record == EXECUTION_RECORD:
            self.statuses.on_change(who, change.key[0], old, new)
        elif is_node_key(record) and new is not None:
            self.nodes.on_change(who, old, new)
        elif record.startswith("slot#"):
            self.slots.on_change(who, change.key[0].removeprefix("slots#"), old, new)

    def on_send(self, who: Invocation, execution_id: str, node_id: str) -> None:
        """Called as a node begins to act, and as it has."""
        self.seen["requests"] += 1
        self.nodes.on_send(who, execution_id, node_id)

    def on_call(self, who: Invocation, operation: str, arguments: dict[str, Any], answer: Any) -> None:
        """Called as a call acts: what it read of executions, what it looked for, what it started."""
        for item in _items(answer):
            if item.get("record", {}).get("S") == EXECUTION_RECORD and "attempt" in item:
                plain = from_item(item)
                who.reads[plain["execution_id"]] = (plain["status"], plain["attempt"], self.now())
        if operation == "query" and arguments.get("ExpressionAttributeValues", {}).get(":prefix") == {
            "S": "node"
        }:
            who.looks[arguments["ExpressionAttributeValues"][":execution_id"]["S"]] = self.now()
        if operation == "start_execution" and not isinstance(answer, Exception):
            self.nodes.on_launch(who, arguments["name"])
        if operation in ("stop_execution", "start_execution"):
            name = (arguments.get("name") or arguments["executionArn"]).rpartition(":")[2]
            outcome = type(answer).__name__ if isinstance(answer, Exception) else "ok"
            self.trace(name.rpartition("-")[0], f"{who} {operation} {name}: {outcome}")


def _items(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, ClientError):
        old: Any = answer.response.get("Item")
        return [old] if old else []
    found = [answer[name] for name in ("Item", "Attributes") if name in answer]
    found += answer.get("Items", [])
    return found + [item for items in answer.get("Responses", {}).values() for item in items]
