"""On messages that `Webhooks.enqueue` put: deliver them; SQS brings those again that failed."""

import json
from typing import Any

from aws_lambda_powertools import Logger

from workflows.services.webhooks import deliveries

logger = Logger()


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done(record: dict[str, Any]) -> bool:
    tries = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        is_delivered = deliveries().deliver(**json.loads(record["body"]))
    except Exception as error:
        # Whatever it was, it must not bring back the messages of the batch that were delivered. What it says
        # names the URL, whose path may be a secret.
        reason = getattr(error, "code", type(error).__name__)
        logger.warning("webhook not delivered", reason=reason, webhook=record["body"], tries=tries)
        deliveries().postpone(record["receiptHandle"], tries)
        return False
    outcome = "webhook delivered" if is_delivered else "webhook dropped: nobody waits for it"
    logger.info(outcome, webhook=record["body"], tries=tries)
    return True
