"""Webhooks: tells the URL that an execution names of its end, at least once."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from workflows.adapters.address_guard import AddressGuard
from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.environment import listed, required
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.outbound_http import OutboundLimits, OutboundRequest, send
from workflows.adapters.queues import Queue
from workflows.adapters.stored_secrets import master_secret
from workflows.adapters.stores import execution_store
from workflows.domain.access import Caller, require_user
from workflows.domain.execution import Execution, Status
from workflows.domain.times import now
from workflows.domain.webhook import shown_key, sign, signing_key, webhook_id

# SQS is what tries again. The specification counts redirects as failures: a POST would become a GET.
_LIMITS = OutboundLimits(timeout_seconds=10, body_bytes=65_536, redirects=0, retries=0)

PAUSES_SECONDS = (30, 120, 300, 900, 3_600, 7_200, 14_400)
"""Between one try and the next: eight tries within about seven hours. The template's queue counts them."""


class NotDelivered(Exception):
    """The receiver answered, and not with a 2xx."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    queue: Queue

    def enqueue(self, execution: Execution) -> None:
        """Have the end of an execution told to its `webhook_url`; without one this does nothing.

        The message says what happened, since the execution may be retried before it is delivered.

        Args:
            execution: In a terminal status.
        """
        if execution.webhook_url is None or execution.user_id is None:
            return
        ended = {
            "execution_id": execution.execution_id,
            "attempt": execution.attempt,
            "status": execution.status,
            "ended_at": execution.completed_at or now(),
        }
        self.queue.send(ended, sender=execution.user_id)


@dataclass(frozen=True, slots=True)
class Deliveries:
    executions: ExecutionStore
    queue: Queue
    guard: AddressGuard

    def deliver(self, execution_id: str, attempt: int, status: Status, ended_at: str) -> bool:
        """Send the webhook for one end of an execution.

        Returns:
            Whether there was one to send: False where the execution is gone, or names no URL.

        Raises:
            NotDelivered: The answer's status is not a 2xx.
            NodeError: There was no answer, or none that can be read, or the address is not allowed.
        """
        execution = self.executions.get(execution_id)
        if execution is None or execution.webhook_url is None or execution.user_id is None:
            return False
        key = signing_key(master_secret(), execution.user_id)
        identity = webhook_id(execution_id, attempt, status)
        body = json.dumps(_event(execution, attempt, status, ended_at)).encode()
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(key, identity, timestamp, body),
        }
        request = OutboundRequest("POST", execution.webhook_url, headers, body=body)
        response = send(request, self.guard, _LIMITS)
        if not 200 <= response.status < 300:
            raise NotDelivered(f"the receiver answered {response.status}")
        return True

    def postpone(self, receipt_handle: str, tries: int) -> None:
        """Have a message that failed for the `tries`-th time come again, later each time."""
        # Without this it comes again all the same, at the queue's own pace.
        with suppress(*SERVICE_FAILURES):
            self.queue.postpone(receipt_handle, pause_seconds(tries))


def webhook_secret(caller: Caller) -> str:
    """What proves to a caller's receivers that webhooks come from here: `whsec_...`.

    Raises:
        Unauthenticated: Anonymous callers have none.
    """
    return shown_key(signing_key(master_secret(), require_user(caller, "a webhook secret")))


def pause_seconds(tries: int) -> int:
    """How long to wait after a failed try, give or take a fifth; 0 after the last one."""
    if tries > len(PAUSES_SECONDS):
        return 0
    jitter = random.uniform(0.8, 1.2)  # noqa: S311  (it spreads load, it hides nothing)
    return int(PAUSES_SECONDS[tries - 1] * jitter)


def _event(execution: Execution, attempt: int, status: Status, ended_at: str) -> dict[str, Any]:
    """The body. Inputs, result and logs are not in it: the receiver reads them with a token, if it may."""
    data: dict[str, Any] = {
        "execution_id": execution.execution_id,
        "workflow_id": execution.workflow_id,
        "version": execution.version,
        "status": status,
        "attempt": attempt,
        "started_at": execution.started_at,
        "completed_at": ended_at,
        "cancelled_at": ended_at if status == "cancelled" else None,
        "labels": list(execution.labels),
    }
    # The error of a later attempt is not what this message tells of.
    if execution.error is not None and execution.attempt == attempt:
        data["error"] = execution.error.to_item()
    return {"type": f"execution.{status}", "timestamp": ended_at, "data": data}


@cache
def webhooks() -> Webhooks:
    return Webhooks(Queue(required("WEBHOOK_QUEUE_URL")))


@cache
def deliveries() -> Deliveries:
    return Deliveries(
        execution_store(),
        Queue(required("WEBHOOK_QUEUE_URL")),
        AddressGuard(frozenset(listed("HTTP_ALLOWED_HOSTS"))),
    )
