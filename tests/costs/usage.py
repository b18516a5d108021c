"""Counts all that an execution uses, with what nobody waits for: totals, follow-up of its end, archive."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

from tests.costs.bill import COUNTING, Bill, Usage
from tests.costs.meter import Meter
from tests.costs.scenarios import SMALL
from tests.costs.scenarios_api import authorize
from tests.costs.scenarios_whole import node_ids
from tests.costs.shapes import Shape
from tests.functions import invoke
from tests.integration.archives import archive, later
from tests.integration.aws import ENVIRONMENT, aws_client

_ENDED = ("paused", "completed", "failed", "cancelled")
_TOGETHER = 25
_ARCHIVED_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Counting:
    """What it costs to count an execution, from its acceptance to its end.

    Attributes:
        alone: Its changes at once: they come within the two seconds of a batch.
        together: Those of 25 executions at once.
    """

    alone: float
    together: float


def counting(meter: Meter) -> Counting:
    """Measure executions of one user and workflow."""
    workflow_id = meter.save(SMALL)
    meter.world.stream.records()  # Of others.
    batches = [_finished(meter, workflow_id, 1), _finished(meter, workflow_id, _TOGETHER)]
    alone, together = (_counted(meter, records) for records in batches)
    return Counting(alone, together / _TOGETHER)


def bill(meter: Meter, shape: Shape) -> Bill:
    """Measure an execution by functions that have run the workflow before; each change is counted alone."""
    workflow_id = meter.save(shape.definition)
    meter.warm(meter.run(meter.accept(workflow_id)), *node_ids(shape.definition))
    meter.world.stream.records()  # Of others.
    with _printed() as printed, meter.measuring() as measuring:
        authorize()
        execution_id = meter.accept(workflow_id)
        shape.run(meter, execution_id)
        records = meter.world.stream.records()
        _follow(meter, execution_id, shape, records)
        for record in records:
            _count(record)
        with later(_ARCHIVED_AFTER_SECONDS):
            archive(execution_id)
    text = printed.getvalue()
    item = meter.world.item("ExecutionsTable", execution_id=execution_id, record="execution")
    assert item["status"] == shape.status
    table_bytes, index_bytes = meter.recorder.stored_bytes(execution_id)
    return Usage(
        measured=measuring.result,
        http_nodes=shape.by_hand.http,
        printed_bytes=len(text.encode()),
        printed_lines=text.count("\n"),
        table_bytes=table_bytes,
        index_bytes=index_bytes,
        object_bytes=_object_bytes(execution_id),
    ).bill


def _follow(meter: Meter, execution_id: str, shape: Shape, records: list[Any]) -> None:
    for record in records:
        if record["dynamodb"]["NewImage"]["status"]["S"] in _ENDED:
            answer = invoke("lifecycle/follow_up_execution", {"Records": [record]})
            assert answer == {"batchItemFailures": []}
    if shape.status == "cancelled":
        meter.world.settle(execution_id, "ABORTED", attempt=1)


def _count(*records: Any) -> None:
    answer = invoke("lifecycle/count_executions", {"Records": list(records)})
    assert answer == {"batchItemFailures": []}


def _finished(meter: Meter, workflow_id: str, times: int) -> list[Any]:
    """What the stream says of some executions."""
    for _ in range(times):
        meter.finish(meter.accept(workflow_id))
    return meter.world.stream.records()


def _counted(meter: Meter, records: list[Any]) -> float:
    """What it costs to count what the stream says, at once."""
    with meter.measuring() as measuring:
        _count(*records)
    return Usage(measuring.result).bill[COUNTING]


def _object_bytes(execution_id: str) -> int:
    prefix = f"archives/{execution_id}/"
    listed = aws_client("s3").list_objects_v2(Bucket=ENVIRONMENT["LOGS_BUCKET"], Prefix=prefix)
    return sum(found["Size"] for found in listed["Contents"])


@contextmanager
def _printed() -> Iterator[StringIO]:
    """All that functions print in the block; loggers keep the stream that they began with."""
    text = StringIO()
    logger = logging.getLogger(ENVIRONMENT["POWERTOOLS_SERVICE_NAME"])
    before = {h: h.stream for h in logger.handlers if isinstance(h, logging.StreamHandler)}
    for handler in before:
        handler.setStream(text)
    try:
        with redirect_stdout(text):
            yield text
    finally:
        for each in logger.handlers:
            if isinstance(each, logging.StreamHandler):
                each.setStream(before.get(each, sys.stdout))
