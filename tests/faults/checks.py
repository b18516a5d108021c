"""What must hold of a world when everything in it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.users import Visit
from tests.faults.world import World
from workflows.adapters.stores import payload_store
from workflows.domain.execution import TERMINAL
from workflows.domain.payload import Payload

OK = ("completed", "waiting")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended.

    Attributes:
        completed: The nodes that have.
        tolerated: The nodes that failed, which did not matter, and by what error.
    """

    execution_id: str
    status: str
    error: str | None
    result: Any
    completed: frozenset[str]
    tolerated: frozenset[tuple[str, str]]


def check(world: World, visits: Sequence[Visit]) -> None:
    """Note what is lost or stuck, what still runs, and whom nobody has told."""
    monitor, records = world.monitor, world.monitor.statuses.records
    known = {visit.execution_id for visit in visits}
    for execution_id, record in records.items():
        if record["status"] not in TERMINAL:
            monitor.broken("stuck", execution_id, f"it is {record['status']}, due {record.get('due_at')}")
        elif "due_at" in record:
            monitor.broken("stuck", execution_id, f"it is due for ever, at {record['due_at']}")
        if execution_id not in known:
            monitor.broken("lost", execution_id, "it was accepted, and whoever asked for it knows another")
    for visit in visits:
        if visit.execution_id not in records:
            monitor.broken("lost", visit.execution_id or f"visit {visit.number}", "it is not there")
    for run in world.engine.runs.values():
        if run.status == "RUNNING":
            monitor.broken("stuck", run.name[:36], f"{run.name} still runs in Step Functions")
    told = Counter(
        (m["execution_id"], m["attempt"], m["status"]) for m in world.sqs.messages if "attempt" in m
    )
    for end in monitor.statuses.ends:
        if not told[end]:
            monitor.broken("webhook", end[0], f"nobody was told of {end[1:]}")
    for dropped in world.platform.dropped:
        monitor.broken(
            "webhook", dropped["dynamodb"]["Keys"]["execution_id"]["S"], "its follow-up was given up"
        )


def outcomes(world: World, visits: Sequence[Visit]) -> dict[int, Outcome]:
    """How the executions ended, by the number of the visit."""
    return {visit.number: _outcome(world, visit.execution_id) for visit in visits if visit.execution_id}


def _outcome(world: World, execution_id: str) -> Outcome:
    record = world.monitor.statuses.records[execution_id]
    nodes = world.monitor.nodes.records[execution_id]
    result = Payload.from_item(record["result"]) if "result" in record else None
    return Outcome(
        execution_id,
        record["status"],
        record.get("error", {}).get("code"),
        payload_store().get(execution_id, result) if result else None,
        frozenset(node_id for node_id, node in nodes.items() if node["status"] in OK),
        frozenset((name, node["error"]["code"]) for name, node in nodes.items() if "tolerated" in node),
    )


def compare(world_monitor: Any, found: Mapping[int, Outcome], undisturbed: Mapping[int, Outcome]) -> None:
    """Note every completed execution that did not come to what it does when nothing disturbs it."""
    for number, outcome in found.items():
        if outcome.status != "completed":
            continue
        expected = undisturbed[number]
        if outcome.tolerated != expected.tolerated:
            # A function lost in a node whose failure is tolerated leads elsewhere, and rightly so.
            world_monitor.seen["not comparable"] += 1
            continue
        world_monitor.seen["compared"] += 1
        if expected.status != "completed" or outcome.result != expected.result:
            text = f"{str(outcome.result)[:300]} is not {expected.status} {str(expected.result)[:300]}"
            world_monitor.broken("result", outcome.execution_id, text)
        if outcome.completed != expected.completed:
            text = f"{sorted(outcome.completed)} completed, and not {sorted(expected.completed)}"
            world_monitor.broken("result", outcome.execution_id, text)
