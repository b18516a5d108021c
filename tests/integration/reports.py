"""Executions to report on, whose records say what a test wants, and their reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tests.integration.aws import aws_client
from tests.integration.conftest import World
from workflows.adapters.logs import Chunk
from workflows.adapters.stores import execution_store, log_store, payload_store, workflow_store
from workflows.domain.execution import Execution, Status
from workflows.domain.execution_error import ExecutionError
from workflows.domain.liveness import live_sources
from workflows.domain.log_entry import Level, LogEntry
from workflows.domain.node_record import NodeRecord
from workflows.domain.times import format_time

BEGIN = datetime(2026, 11, 25, 5, tzinfo=UTC)


@dataclass
class Stage:
    """How an execution goes.

    Attributes:
        seconds: How long nodes take; others take 0.4 s.
        tries: How many tries nodes take; others take one.
        branches: What conditions choose.
        failed: The node that fails the execution.
        iterations: Of loops: how many there are, and how many of them fail.
        outputs: What nodes make.
    """

    seconds: Mapping[str, float] = field(default_factory=dict)
    tries: Mapping[str, int] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    failed: str | None = None
    iterations: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    error: str = "the server answered 503"


def stage(world: World, definition: dict[str, Any], how: Stage, inputs: dict[str, Any] | None = None) -> str:
    """An execution that went so, by its records."""
    workflow_id = world.save(definition)
    execution_id = world.accept(workflow_id, inputs or {})
    execution = execution_store().get(execution_id)
    assert execution is not None
    ends: dict[str, float] = {}
    records: dict[str, NodeRecord] = {}
    failed_at: float | None = None
    for node in workflow_store().graph(workflow_id, execution.version):
        # What is before all that it waits for has a record, or was not started in time.
        if any(edge.source not in ends for edge in node.incoming):
            continue
        start = max((ends[edge.source] for edge in node.incoming), default=0.3) + 0.08
        if failed_at is not None and start > failed_at:
            continue
        if node.incoming and not live_sources(node.incoming, records):
            ends[node.id] = start
            records[node.id] = NodeRecord(execution_id, node.id, "skipped", completed_at=_at(start))
            continue
        end = start + how.seconds.get(node.id, 0.4)
        record = NodeRecord(
            execution_id,
            node.id,
            "completed",
            tries=how.tries.get(node.id, 1),
            started_at=_at(start),
            completed_at=_at(end),
            branch=how.branches.get(node.id),
            output=payload_store().put(execution_id, f"node#{node.id}", how.outputs.get(node.id, node.id)),
        )
        log(execution_id, node.id, _lines(record, start, end))
        if node.id in how.iterations:
            count, failed = how.iterations[node.id]
            record = replace(record, iterations=count, failed_iterations=failed)
            _iterate(definition, record, start, end)
        if node.id == how.failed:
            failed_at = end
            record = replace(
                record, status="failed", output=None, error=ExecutionError("http_status", how.error)
            )
            log(execution_id, node.id, [("ERROR", end, f"failed: {how.error}")])
        else:
            ends[node.id] = end
        records[node.id] = record
    execution_store().table.batch_put(record.to_item() for record in records.values())
    end = failed_at or max(ends.values())
    ended(execution, "failed" if failed_at else "completed", end, how)
    return execution_id


def ended(execution: Execution, status: Status, end: float, how: Stage | None = None) -> None:
    """Let an execution have ended so many seconds after it began."""
    error = None
    if status == "failed" and how and how.failed:
        error = ExecutionError("http_status", how.error, how.failed)
    changed = replace(
        execution,
        status=status,
        started_at=_at(0),
        begun_at=_at(0.3),
        completed_at=_at(end),
        error=error,
        due_at=None,
    )
    execution_store().table.put(changed.to_item())


def log(execution_id: str, node_id: str | None, lines: Sequence[tuple[Level, float, str]]) -> None:
    """Let a node have logged: level, time and message of each line."""
    entries = [LogEntry(_at(at), level, node_id, message) for level, at, message in lines]
    log_store().append(execution_id, Chunk(entries))


def _lines(record: NodeRecord, start: float, end: float) -> list[tuple[Level, float, str]]:
    lines: list[tuple[Level, float, str]] = [("INFO", start, "started")]
    # Tries take half of the time, waits between them the other one.
    step = (end - start) / (2 * record.tries - 1)
    for number in range(1, record.tries):
        lines.append(("WARNING", start + (2 * number - 1) * step, f"try {number} failed: timed out"))
        lines.append(("INFO", start + 2 * number * step, f"started, try {number + 1}"))
    return [*lines, ("INFO", end, "completed")]


def _iterate(definition: dict[str, Any], loop: NodeRecord, start: float, end: float) -> None:
    body = next(node for node in definition["nodes"] if node["id"] == loop.node_id)["config"]["body"]["nodes"]
    step = (end - start) / max(loop.iterations or 1, 1)
    records = []
    for index in range(loop.iterations or 0):
        for place, node in enumerate(body):
            at = start + index * step + place * step / len(body)
            is_last = place == len(body) - 1 and index < (loop.failed_iterations or 0)
            records.append(
                NodeRecord(
                    loop.execution_id,
                    node["id"],
                    "failed" if is_last else "completed",
                    path=f"{loop.node_id}[{index}]/",
                    tries=1,
                    started_at=_at(at),
                    completed_at=_at(at + step / len(body)),
                    tolerated="item" if is_last else None,
                )
            )
    execution_store().table.batch_put(record.to_item() for record in records)


def _at(seconds: float) -> str:
    return format_time(BEGIN + timedelta(seconds=seconds))


def report_key(world: World, execution_id: str, **event: Any) -> str:
    """Of the object that the report is."""
    answer = world.call("get_execution_report", path={"execution_id": execution_id}, **event)
    assert answer.status == 302, answer.text
    assert answer.headers["Location"] == answer.json["report_url"]
    url: str = answer.json["report_url"]
    return urlsplit(url).path.lstrip("/")


def read_report(world: World, execution_id: str) -> str:
    """The page."""
    key = report_key(world, execution_id)
    html: bytes = aws_client("s3").get_object(Bucket="logs-bucket", Key=key)["Body"].read()
    return html.decode()
