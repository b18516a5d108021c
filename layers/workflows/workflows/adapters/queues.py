"""An SQS queue: messages of JSON, and the pace of those that are to come again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from workflows.adapters.clients import client


@dataclass(frozen=True, slots=True)
class Queue:
    """A standard queue by its URL."""

    url: str

    def send(self, message: dict[str, Any], sender: str, *, delay_seconds: int = 0) -> None:
        """Put a message.

        Args:
            message: JSON.
            sender: On whose behalf. Nobody's backlog holds up the others' messages.
            delay_seconds: How long nobody receives it; 900 at most.
        """
        client("sqs").send_message(
            QueueUrl=self.url,
            MessageBody=json.dumps(message),
            DelaySeconds=delay_seconds,
            # On a standard queue this orders nothing, it makes the queue a fair one:
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
            # Hashed, as it takes no more than 128 characters.
            MessageGroupId=sha256(sender.encode()).hexdigest(),
        )

    def postpone(self, receipt_handle: str, seconds: int) -> None:
        """Have a received message come again after a time, at most 12 hours, instead of the queue's own."""
        client("sqs").change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )
