"""The rules about executions: legal transitions, each once an attempt, and for a reason."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.node_rules import OF_ITSELF
from tests.faults.seam import Invocation
from workflows.domain.execution import TERMINAL
from workflows.domain.times import parse_time
from workflows.domain.transitions import LEGAL

if TYPE_CHECKING:
    from tests.faults.monitor import Monitor

Record = dict[str, Any]


@dataclass
class StatusRules:
    """
    Attributes:
        entered: The attempts and statuses that each execution has been in.
        created_at: When each execution was accepted.
        ends: Each end of an execution that names a webhook: id, attempt and status.
        exhausted: The attempts in which Step Functions had no retry left.
    """

    monitor: Monitor
    entered: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    records: dict[str, Record] = field(default_factory=dict)
    created_at: dict[str, float] = field(default_factory=dict)
    ends: set[tuple[str, int, str]] = field(default_factory=set)
    exhausted: dict[str, str] = field(default_factory=dict)

    def on_change(
        self, who: Invocation | None, execution_id: str, old: Record | None, new: Record | None
    ) -> None:
        if new is None:
            self.monitor.broken("lost", execution_id, f"{who} deleted it")
            return
        if old is None:
            self.created_at[execution_id] = self.monitor.now()
        elif (old["status"], old["attempt"]) == (new["status"], new["attempt"]):
            self.records[execution_id] = new
            return
        else:
            self._check(who, execution_id, old, new)
        entry = new["attempt"], new["status"]
        self.monitor.trace(execution_id, f"{who} {entry} due {new.get('due_at')} {new.get('error', '')}")
        if entry in self.entered[execution_id]:
            self.monitor.broken("transition", execution_id, f"{who} made it {entry} again")
        self.entered[execution_id].append(entry)
        self.monitor.seen[new["status"]] += 1
        self.records[execution_id] = new
        if new["status"] in TERMINAL and new.get("webhook_url"):
            self.ends.add((execution_id, *entry))
        if new["status"] == "running":
            self.monitor.slots.on_running(new)

    def _check(self, who: Invocation | None, execution_id: str, old: Record, new: Record) -> None:
        if new["status"] not in LEGAL[old["status"]]:
            self.monitor.broken("transition", execution_id, f"{who}: {old['status']} to {new['status']}")
        if new["attempt"] != old["attempt"] + (new["status"] == "pending"):
            self.monitor.broken("transition", execution_id, f"{who}: {old['attempt']} to {new['attempt']}")
        match new["status"]:
            case "cancelled":
                name = f"{execution_id}-{old['attempt']}"
                if not (who and who.function == "cancel") and name not in self.monitor.stops:
                    self.monitor.broken("status", execution_id, f"{who} cancelled it, which nobody wanted")
            case "failed":
                self._check_failure(execution_id, old, new)

    def _check_failure(self, execution_id: str, old: Record, new: Record) -> None:
        error = new["error"]
        match error["code"]:
            case "timed_out":
                deadline = old.get("deadline")
                if deadline is None or parse_time(deadline).timestamp() > self.monitor.now():
                    self.monitor.broken("status", execution_id, f"it is timed out before {deadline}")
            case "engine_failed" if reason := self.exhausted.get(f"{execution_id}-{old['attempt']}"):
                self.monitor.broken("gave up", execution_id, f"no retry was left for {reason}")
            case code if error.get("node_id") and code in {"function_lost", *OF_ITSELF}:
                pass  # As the node's record says in the same transaction; that one is checked.
            case _:
                self.monitor.broken("status", execution_id, f"it failed by {error}")
