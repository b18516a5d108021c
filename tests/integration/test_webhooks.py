"""Webhooks, from the end of an execution to the receiver."""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode, b64encode
from copy import deepcopy
from dataclasses import replace
from typing import Any

import boto3
import pytest

from tests.functions import invoke, sample_event
from tests.integration.aws import ENVIRONMENT, REGION, aws_client
from tests.integration.conftest import World
from tests.loopback import MakeServer, Seen, drop, redirect, reply
from workflows.adapters.stores import execution_store
from workflows.domain.execution import Execution
from workflows.domain.execution_error import ExecutionError
from workflows.domain.ids import new_id
from workflows.domain.payload import Payload
from workflows.services.webhooks import PAUSES_SECONDS, webhooks

_STARTED = Execution(
    execution_id="",
    workflow_id="01890a5d-ac96-774b-bcce-b302099a8057",
    version=3,
    owner_id="owner",
    visibility="private",
    status="completed",
    inputs=Payload("inputs", "inline", 10, '{"pin": 1}'),
    variables=Payload("variables", "inline", 2, "{}"),
    started_at="2026-02-23T16:30:00.000Z",
    completed_at="2026-02-23T16:30:05.000Z",
    state_machine_arn="arn",
    user_id="ada",
    labels=("nightly",),
    result=Payload("result", "inline", 4, "4711"),
)


class Webhooks:
    """The queue of webhooks, and the function that delivers what is in it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sqs: Any = aws_client("sqs")

    def end(self, url: str | None, **fields: Any) -> Execution:
        """Put the webhook of an execution that has ended."""
        execution = replace(_STARTED, execution_id=new_id(), webhook_url=url, **fields)
        execution_store().create(execution)
        webhooks().enqueue(execution)
        return execution

    def receive(self, visibility_seconds: int = 30) -> list[dict[str, Any]]:
        """The messages that are visible now."""
        answer = self._sqs.receive_message(
            QueueUrl=ENVIRONMENT["WEBHOOK_QUEUE_URL"],
            MaxNumberOfMessages=10,
            VisibilityTimeout=visibility_seconds,
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def deliver(self, messages: list[dict[str, Any]] | None = None, tries: int = 1) -> list[str]:
        """Invoke the function with a batch; the ids of the messages that it reports as failed."""
        event = sample_event("lifecycle/deliver_webhook")
        [sample] = event["Records"]
        event["Records"] = []
        for message in self.receive() if messages is None else messages:
            record = deepcopy(sample)
            record |= {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
            }
            record["attributes"]["ApproximateReceiveCount"] = str(tries)
            event["Records"].append(record)
        assert event["Records"]
        answer = invoke("lifecycle/deliver_webhook", event)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def key(self, user: str) -> bytes:
        answer = self._world.call("get_webhook_secret", user=user)
        assert answer.status == 200, answer.text
        secret: str = answer.json["webhook_secret"]
        assert secret.startswith("whsec_")
        return b64decode(secret.removeprefix("whsec_"), validate=True)

    def is_signed(self, seen: Seen, user: str) -> bool:
        """The verification that the specification asks of receivers, from what they have alone."""
        signed = f"{seen.headers['webhook-id']}.{seen.headers['webhook-timestamp']}.".encode() + seen.body
        signature = b64encode(hmac.digest(self.key(user), signed, "sha256")).decode()
        is_recent = abs(time.time() - int(seen.headers["webhook-timestamp"])) < 60
        return is_recent and f"v1,{signature}" in seen.headers["webhook-signature"].split(" ")


@pytest.fixture
def hooks(world: World) -> Webhooks:
    return Webhooks(world)


def test_webhook_tells_of_the_end_and_is_signed_for_its_user(
    hooks: Webhooks, make_server: MakeServer
) -> None:
    server = make_server(reply(204))
    execution = hooks.end(server.url("/hooks?a=1"))

    assert hooks.deliver() == []

    [seen] = server.seen
    assert (seen.method, seen.path) == ("POST", "/hooks?a=1")
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["webhook-id"] == f"{execution.execution_id}-1-completed"
    assert hooks.is_signed(seen, "ada")
    assert not hooks.is_signed(seen, "grace")
    assert json.loads(seen.body) == {
        "type": "execution.completed",
        "timestamp": "2026-02-23T16:30:05.000Z",
        "data": {
            "execution_id": execution.execution_id,
            "workflow_id": execution.workflow_id,
            "version": 3,
            "status": "completed",
            "attempt": 1,
            "started_at": "2026-02-23T16:30:00.000Z",
            "completed_at": "2026-02-23T16:30:05.000Z",
            "cancelled_at": None,
            "labels": ["nightly"],
        },
    }


def test_webhook_of_a_failure_tells_the_error_and_of_a_cancel_the_time(
    hooks: Webhooks, make_server: MakeServer
) -> None:
    server = make_server(reply())
    hooks.end(server.url(), status="failed", error=ExecutionError("http_status", "it answered 500", "ship"))
    hooks.end(server.url(), status="cancelled", cancelled_at="2026-02-23T16:30:05.000Z")

    assert hooks.deliver() == []

    events = {event["type"]: event["data"] for event in (json.loads(seen.body) for seen in server.seen)}
    assert events["execution.failed"]["error"] == {
        "code": "http_status",
        "message": "it answered 500",
        "node_id": "ship",
    }
    assert events["execution.cancelled"]["cancelled_at"] == "2026-02-23T16:30:05.000Z"
    assert "error" not in events["execution.cancelled"]


@pytest.mark.parametrize("status", [300, 404, 410, 500, 503])
def test_webhook_comes_again_after_an_answer_that_is_not_2xx(
    hooks: Webhooks, make_server: MakeServer, status: int
) -> None:
    server = make_server(reply(status), reply(200))
    hooks.end(server.url())
    [message] = hooks.receive()

    assert hooks.deliver([message]) == [message["MessageId"]]
    assert hooks.deliver([message], tries=2) == []

    first, second = server.seen
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert hooks.is_signed(second, "ada")


def test_webhook_comes_again_after_a_connection_that_is_lost_or_refused(
    hooks: Webhooks, make_server: MakeServer
) -> None:
    server = make_server(drop)
    hooks.end(server.url())
    hooks.end("http://127.0.0.1:1/")
    messages = hooks.receive()

    assert hooks.deliver(messages) == [message["MessageId"] for message in messages]
    assert len(server.seen) == 1


def test_webhook_follows_no_redirect(hooks: Webhooks, make_server: MakeServer) -> None:
    elsewhere = make_server(reply())
    server = make_server(redirect(elsewhere.url(), 307))
    hooks.end(server.url())

    assert len(hooks.deliver()) == 1
    assert (len(server.seen), elsewhere.seen) == (1, [])


def test_webhook_does_not_reach_private_addresses(hooks: Webhooks, make_server: MakeServer) -> None:
    server = make_server(reply())
    hooks.end(server.url(host="localhost"))  # Of loopback the tests' environment opens `127.0.0.1` alone.
    hooks.end("http://169.254.169.254/latest/meta-data/")

    assert len(hooks.deliver()) == 2
    assert server.seen == []


def test_batch_reports_only_what_failed(hooks: Webhooks, make_server: MakeServer) -> None:
    good, bad = make_server(reply()), make_server(reply(500))
    for server in (good, bad, good):
        hooks.end(server.url())
    messages = hooks.receive()
    failing = [m for m in messages if _url_of(m) == bad.url()]
    broken = {**messages[0], "MessageId": "broken", "Body": "not JSON"}

    assert hooks.deliver([broken, *messages]) == ["broken", failing[0]["MessageId"]]
    assert (len(good.seen), len(bad.seen)) == (2, 1)


@pytest.mark.parametrize(("tries", "visible"), [(1, 0), (len(PAUSES_SECONDS) + 1, 1)])
def test_failed_message_waits_and_after_the_last_try_goes_at_once(
    hooks: Webhooks, make_server: MakeServer, tries: int, visible: int
) -> None:
    hooks.end(make_server(reply(500)).url())

    assert len(hooks.deliver(tries=tries)) == 1
    assert len(hooks.receive()) == visible


def test_webhook_of_an_execution_that_is_gone_is_dropped(hooks: Webhooks, make_server: MakeServer) -> None:
    server = make_server(reply())
    execution = hooks.end(server.url())
    boto3.resource("dynamodb", region_name=REGION).Table("ExecutionsTable").delete_item(
        Key={"execution_id": execution.execution_id, "record": "execution"}
    )

    assert hooks.deliver() == []
    assert server.seen == []


def test_execution_without_a_url_has_no_webhook(hooks: Webhooks) -> None:
    hooks.end(None)

    assert hooks.receive() == []


def test_webhook_of_an_attempt_is_delivered_although_the_execution_was_retried(
    hooks: Webhooks, make_server: MakeServer
) -> None:
    server = make_server(reply())
    error = ExecutionError("http_status", "of the first attempt")
    execution = hooks.end(server.url(), status="failed", error=error)
    later = ExecutionError("http_status", "of the second attempt")
    retried = replace(execution, attempt=2, error=later, completed_at="2026-02-24T00:00:00.000Z")
    execution_store().table.put(retried.to_item())

    assert hooks.deliver() == []

    [seen] = server.seen
    data = json.loads(seen.body)["data"]
    assert seen.headers["webhook-id"] == f"{execution.execution_id}-1-failed"
    assert (data["attempt"], data["status"]) == (1, "failed")
    assert data["completed_at"] == "2026-02-23T16:30:05.000Z"
    assert "error" not in data


def test_webhook_secret_is_each_users_own_and_stays(hooks: Webhooks) -> None:
    assert hooks.key("ada") == hooks.key("ada")
    assert hooks.key("ada") != hooks.key("grace")
    assert len(hooks.key("ada")) == 32


def test_webhook_secret_needs_a_token(world: World, hooks: Webhooks) -> None:
    answer = world.call("get_webhook_secret", user=None)

    assert answer.status == 401
    assert answer.json["error_code"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def _url_of(message: dict[str, Any]) -> str | None:
    execution = execution_store().get(json.loads(message["Body"])["execution_id"])
    assert execution is not None
    return execution.webhook_url
