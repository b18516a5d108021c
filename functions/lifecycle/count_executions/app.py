"""On the executions table's stream: count executions that were accepted, changed status or were deleted."""

from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from workflows.services.tallies import Counted, changed_item, tallies

logger = Logger()
metrics = Metrics()


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    """Count a batch; the first record that cannot be read is where the stream goes on."""
    items = []
    failures = []
    for record in event["Records"]:
        change = record["dynamodb"]
        try:
            item = changed_item(change["NewImage"], change.get("OldImage", {}))
        except Exception:
            logger.exception("not counted", execution_id=change["Keys"]["execution_id"]["S"])
            failures = [{"itemIdentifier": change["SequenceNumber"]}]
            break
        if item is not None:
            items.append(item)
    for counted in tallies().count(items):
        for name, unit, value in _measured(counted):
            metrics.add_metric(name, unit, value)
    if metrics.metric_set:
        metrics.flush_metrics()
    return {"batchItemFailures": failures}


def _measured(counted: Counted) -> Iterator[tuple[str, MetricUnit, float]]:
    """Metrics of what was new, by name."""
    if counted.is_accepted:
        yield "ExecutionsStarted", MetricUnit.Count, 1
    if counted.ended is None or counted.milliseconds is None:
        return
    yield f"Executions{counted.ended.capitalize()}", MetricUnit.Count, 1
    yield "ExecutionDuration", MetricUnit.Milliseconds, counted.milliseconds
    if counted.ended != "cancelled":
        # Its average is the error rate.
        yield "ExecutionErrors", MetricUnit.Count, int(counted.ended == "failed")
