"""Webhooks on the deployed template: the end of an execution, over stream and queue, to a receiver."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.e2e.users import Call, User
from tests.waiting import wait_for

Received = list[tuple[Message, bytes]]


@pytest.fixture
def receiver() -> tuple[type[BaseHTTPRequestHandler], Received]:
    """A handler to serve, and what it has been sent."""
    received: Received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    return Receiver, received


def workflow(*, delay_seconds: int) -> dict[str, Any]:
    return {
        "name": "webhooks",
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "wait", "type": "delay", "config": {"seconds": delay_seconds}},
        ],
        "edges": [{"source": "start", "target": "wait"}],
    }


def test_receiver_is_told_of_the_end_and_can_verify_who_tells(
    owner: User,
    other: User,
    loopback_server: Callable[[type[BaseHTTPRequestHandler]], str],
    receiver: tuple[type[BaseHTTPRequestHandler], Received],
) -> None:
    handler, received = receiver
    url = f"{loopback_server(handler)}/hooks"
    quick, slow = owner.save(workflow(delay_seconds=1)), owner.save(workflow(delay_seconds=600))
    ids = {}
    for status, workflow_id in (("completed", quick), ("cancelled", slow)):
        accepted = owner("POST", f"/workflows/{workflow_id}/execute", {"webhook_url": url})
        assert accepted.status == 202, accepted.text
        ids[status] = accepted.json()["execution_id"]
    owner.reaches(ids["cancelled"], "wait", "waiting")
    assert owner("POST", f"/executions/{ids['cancelled']}/cancel").status == 200

    wait_for(lambda: len(received), lambda count: count >= 2)

    secrets = [user("GET", "/webhook-secret").json()["webhook_secret"] for user in (owner, other)]
    keys = [b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    told = {}
    for headers, body in received:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        owners, others = (f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in keys)
        assert headers["webhook-signature"] == owners != others
        data = json.loads(body)["data"]
        told[data["status"]] = data["execution_id"]
    assert told == ids


def test_anonymous_callers_have_no_webhooks(call: Call) -> None:
    assert call("GET", "/webhook-secret").status == 401
