"""On the executions table's stream: what the end or a pause of an execution means to others."""

from typing import Any

from aws_lambda_powertools import Logger

from workflows.services.follow_ups import follow_ups

logger = Logger()


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    """Follow up a batch; the first record that fails is where the stream goes on."""
    for record in event["Records"]:
        change = record["dynamodb"]
        try:
            follow_ups().on_change(change["NewImage"], change.get("OldImage", {}))
        except Exception:
            logger.exception("not followed up", execution_id=change["Keys"]["execution_id"]["S"])
            return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
    return {"batchItemFailures": []}
