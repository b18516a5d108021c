"""The rules about slots: no more executions run than a scope has, and they take turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.seam import Invocation

if TYPE_CHECKING:
    from tests.faults.monitor import Monitor

Record = dict[str, Any]

GRACE_SECONDS = 60.0
"""Who was accepted so shortly before another may be passed by it: the index does not show it yet."""


@dataclass
class SlotRules:
    """
    Attributes:
        holders: Which execution holds each slot, by scope.
    """

    monitor: Monitor
    holders: dict[str, dict[str, str]] = field(default_factory=dict)

    def on_change(self, who: Invocation | None, scope: str, old: Record | None, new: Record | None) -> None:
        held = self.holders.setdefault(scope, {})
        number = (new or old or {})["record"]
        if new is None:
            held.pop(number, None)
            self.monitor.trace((old or {})["holder"][:36], f"{who} freed {number} of {scope}")
            return
        holder = new["holder"][:36]
        known = held.get(number)
        held[number] = holder
        self.monitor.trace(holder, f"{who} took {number} of {scope}")
        if known != holder:
            self._check_order(who, scope, holder)

    def on_running(self, execution: Record) -> None:
        records = self.monitor.statuses.records.values()
        for scope, limit in execution.get("slots", {}).items():
            running = [
                r["execution_id"] for r in records if r["status"] == "running" and scope in r.get("slots", {})
            ]
            self.monitor.seen["slots checked"] += 1
            if len(running) > limit:
                text = f"{len(running)} run in {scope}, of {limit}: {running}"
                self.monitor.broken("slots", execution["execution_id"], text)

    def _has_all(self, execution_id: str, record: Record) -> bool:
        return all(execution_id in self.holders.get(scope, {}).values() for scope in record.get("slots", {}))

    def _check_order(self, who: Invocation | None, scope: str, holder: str) -> None:
        """Nobody who has waited for longer in the same scopes, in a first attempt, is passed by."""
        statuses = self.monitor.statuses
        mine = statuses.records.get(holder)
        if mine is None or mine["attempt"] > 1 or not self._has_all(holder, mine):
            return
        for other, record in statuses.records.items():
            waits = (
                record["status"] == "pending" and record["attempt"] == 1 and not self._has_all(other, record)
            )
            same = record.get("slots", {}).keys() == mine.get("slots", {}).keys()
            earlier = (
                statuses.created_at[other] < statuses.created_at[holder] - GRACE_SECONDS and other < holder
            )
            if waits and same and earlier:
                self.monitor.broken("order", holder, f"{who} gave it a slot of {scope} before {other}")
