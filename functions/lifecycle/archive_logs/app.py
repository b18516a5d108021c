"""On messages that `ArchiveRequests` put: archive the log of an execution, or delete what was replaced."""

import json
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from workflows.services.log_archives import archive_requests, log_archives

logger = Logger()
metrics = Metrics()


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done(record: dict[str, Any]) -> bool:
    message = json.loads(record["body"])
    execution_id = message["execution_id"]
    try:
        if "version" in message:
            log_archives().discard(**message)
            return True
        volume = log_archives().archive(execution_id)
    except Exception:
        tries = int(record["attributes"]["ApproximateReceiveCount"])
        logger.exception("log not archived", execution_id=execution_id, tries=tries)
        archive_requests().postpone(record["receiptHandle"], tries)
        return False
    logger.info("log archived" if volume else "log not archived now", execution_id=execution_id)
    if volume:
        metrics.add_metric("LogLines", MetricUnit.Count, volume.lines)
        metrics.add_metric("LogBytes", MetricUnit.Bytes, volume.size)
        metrics.flush_metrics()
    return True
