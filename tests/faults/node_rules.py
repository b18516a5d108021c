"""The rules about nodes: when one may start, and who may act for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.seam import Invocation
from workflows.domain.times import parse_time

if TYPE_CHECKING:
    from tests.faults.monitor import Monitor

Record = dict[str, Any]
NodeKey = tuple[str, str]
"""Execution id and node id, of a node in a loop after its path."""


OF_ITSELF = frozenset(
    {"http_status", "http_timeout", "expression_failed"}
    | {"loop_item_failed", "loop_items_invalid", "loop_too_long"}
)
"""The errors by which a node may fail although nothing went wrong around it."""


@dataclass(frozen=True, slots=True)
class Start:
    """A write by which an invocation took a node."""

    who: Invocation
    attempt: int
    at: float


@dataclass
class NodeRules:
    """
    Attributes:
        tries_of: `max_attempts` of each node, by workflow.
        holders: Who wrote a node's `running` record last.
        starts: All such writes.
        failed_tries: How many tries of a node failed by themselves, by attempt.
        looks: When the launch of an attempt had looked for live leases, by the attempt's name.
    """

    monitor: Monitor
    records: dict[str, dict[str, Record]] = field(default_factory=lambda: defaultdict(dict))
    holders: dict[NodeKey, Start] = field(default_factory=dict)
    starts: dict[NodeKey, list[Start]] = field(default_factory=lambda: defaultdict(list))
    failed_tries: dict[tuple[NodeKey, int], int] = field(default_factory=lambda: defaultdict(int))
    looks: dict[str, float | None] = field(default_factory=dict)
    tries_of: dict[str, dict[str, int]] = field(default_factory=dict)

    def on_launch(self, who: Invocation, name: str) -> None:
        execution_id, _, attempt = name.rpartition("-")
        if name not in self.looks:
            self.looks[name] = who.looks.get(execution_id)
            if int(attempt) > 1 and self.looks[name] is None:
                self.monitor.broken("overlap", execution_id, f"{who} started {name} without a look at leases")

    def on_change(self, who: Invocation | None, old: Record | None, new: Record) -> None:
        execution_id, node_id = new["execution_id"], new.get("path", "") + new["node_id"]
        key = execution_id, node_id
        shown = {name: new.get(name) for name in ("status", "attempt", "tries", "lease_until", "tolerated")}
        self.monitor.trace(
            execution_id, f"{who} {node_id} {shown} {(new.get('error') or {}).get('code', '')}"
        )
        assert who is not None
        if old is not None and _is_settled(old) and not self._may_change(old, new):
            self.monitor.broken(
                "settled", execution_id, f"{who} wrote {node_id} over {old['status']}: {shown}"
            )
        if new["status"] == "running" and "lease_until" in new:
            self._on_start(who, key, old, new)
        elif new["status"] == "running" and "iterations" in new:
            self.monitor.seen["turns"] += 1
        elif new["status"] == "running" and new["tries"] == (old or new)["tries"]:
            self.failed_tries[key, new["attempt"]] += 1
        elif new["status"] == "failed":
            self._on_failure(key, new)
        elif new["status"] == "skipped":
            self._on_read(who, execution_id, node_id, new["attempt"])
        self.records[execution_id][node_id] = new

    def on_send(self, who: Invocation, execution_id: str, node_id: str) -> None:
        """Called as a node acts, and once more when that is over."""
        record = self.records[execution_id].get(node_id)
        holder = self.holders.get((execution_id, node_id))
        if record is None or record["status"] != "running" or holder is None or holder.who is not who:
            status = record and record["status"]
            self.monitor.broken(
                "settled", execution_id, f"{who} acts for {node_id}, which is {status}, by {holder}"
            )
        elif not self._is_live(record):
            self.monitor.broken("overlap", execution_id, f"{who} acts for {node_id} when its lease is over")

    def _on_start(self, who: Invocation, key: NodeKey, old: Record | None, new: Record) -> None:
        execution_id, node_id = key
        self._on_read(who, execution_id, node_id, new["attempt"])
        if old is not None and self._is_live(old):
            self.monitor.broken("overlap", execution_id, f"{who} took {node_id} from {self.holders.get(key)}")
        start = Start(who, new["attempt"], self.monitor.now())
        look = self.looks.get(f"{execution_id}-{new['attempt']}")
        for other, record in self.records[execution_id].items():
            held = self.holders.get((execution_id, other))
            if other == node_id or held is None or record["attempt"] >= start.attempt:
                continue
            # A node that had read the execution in time may start after the look, and finishes.
            if self._is_live(record) and (look is None or held.at <= look):
                self.monitor.broken("overlap", execution_id, f"{node_id} {start} beside {other} {held}")
        self.holders[key] = start
        self.starts[key].append(start)
        self.monitor.seen["node starts"] += 1

    def _on_read(self, who: Invocation, execution_id: str, node_id: str, attempt: int) -> None:
        read = who.reads.get(execution_id)
        if read is None or read[:2] != ("running", attempt):
            self.monitor.broken(
                "stopped", execution_id, f"{who} started {node_id} {attempt} having read {read}"
            )

    def _on_failure(self, key: NodeKey, new: Record) -> None:
        code = new["error"]["code"]
        if code == "function_lost":
            used = self.failed_tries[key, new["attempt"]] + sum(
                self._is_lost(start, key) for start in self.starts[key] if start.attempt == new["attempt"]
            )
            workflow_id = self.monitor.statuses.records[key[0]]["workflow_id"]
            tries = self.tries_of[workflow_id][key[1].rpartition("/")[2]]
            if used < tries:
                text = f"{key[1]} is given up, with {used} of {tries} tries used"
                self.monitor.broken("status", key[0], text)
            self.monitor.seen["functions lost"] += 1
        elif code not in OF_ITSELF:
            self.monitor.broken("status", key[0], f"{key[1]} failed by {code}: {new['error']['message']}")

    def _is_lost(self, start: Start, key: NodeKey) -> bool:
        """Whether a try came to nothing as its function was killed, or could not give it back."""
        return start.who.killed or any(
            at > start.at
            and operation == "put_item"
            and arguments["Item"]["record"]["S"] in (f"node#{key[1]}", f"node@{key[1]}")
            for at, operation, arguments in start.who.failures
        )

    def _may_change(self, old: Record, new: Record) -> bool:
        if old["status"] == "skipped":
            return bool(new["attempt"] > old["attempt"])
        if old["status"] == "waiting":
            return bool(new["status"] == "completed")
        ignored = {"completed_at"}
        return {k: v for k, v in old.items() if k not in ignored} == {
            k: v for k, v in new.items() if k not in ignored
        }

    def _is_live(self, record: Record) -> bool:
        lease = record.get("lease_until")
        return (
            record["status"] == "running"
            and lease is not None
            and parse_time(lease).timestamp() > self.monitor.now()
        )


def _is_settled(record: Record) -> bool:
    return record["status"] in ("completed", "skipped", "waiting") or "tolerated" in record
