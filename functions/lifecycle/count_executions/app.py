"""On the executions table's stream: count executions that were accepted, changed status or were deleted."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from workflows.services.execution_stream import changed_item
from workflows.services.tallies import CountedChange, tallies

logger = Logger()
metrics = Metrics()


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    """Count a batch, but for records that cannot be read: the first of these is where the stream goes on."""
    items = []
    failed = []
    for record in event["Records"]:
        change = record["dynamodb"]
        try:
            item = changed_item(change["NewImage"], change.get("OldImage", {}))
        except Exception:
            logger.exception("not counted", execution_id=change["Keys"]["execution_id"]["S"])
            failed.append(change["SequenceNumber"])
        else:
            items += [item] if item else []
    try:
        unreadable = tallies().count(items, _measure)
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()
    failed += [
        record["dynamodb"]["SequenceNumber"]
        for record in event["Records"]
        if record["dynamodb"]["Keys"]["execution_id"]["S"] in unreadable
    ]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sorted(set(failed), key=int)]}


def _measure(change: CountedChange) -> None:
    if change.is_accepted:
        metrics.add_metric("ExecutionsStarted", MetricUnit.Count, 1)
    if change.ended is None or change.milliseconds is None:
        return
    metrics.add_metric(f"Executions{change.ended.capitalize()}", MetricUnit.Count, 1)
    metrics.add_metric("ExecutionDuration", MetricUnit.Milliseconds, change.milliseconds)
    if change.ended != "cancelled":
        # Its average is the error rate.
        metrics.add_metric("ExecutionErrors", MetricUnit.Count, int(change.ended == "failed"))
