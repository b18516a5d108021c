"""What the tests of archives do and look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import time_machine

from tests.functions import invoke, sample_event
from tests.integration.aws import ENVIRONMENT, REGION, aws_client
from tests.integration.conftest import World, flow
from tests.integration.test_main_job import GREETING
from workflows.adapters.logs import Chunk
from workflows.adapters.stores import log_store
from workflows.domain.log_entry import LogEntry

MOMENT = datetime(2026, 11, 25, 5, tzinfo=UTC)
GZIP = {"Accept-Encoding": "gzip, deflate, br"}
FAILING = flow(
    {"id": "start", "type": "start"},
    {"id": "split", "type": "transform", "config": {"value": "{{ $error(inputs.reason) }}"}},
    edges=[("start", "split")],
)


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=True):
        yield


def archive(execution_id: str, **message: str) -> None:
    event = deepcopy(sample_event("lifecycle/archive_logs"))
    event["Records"][0]["body"] = json.dumps({"execution_id": execution_id, **message})
    assert invoke("lifecycle/archive_logs", event) == {"batchItemFailures": []}


def archived_files() -> int:
    listed = aws_client("s3").list_objects_v2(Bucket="logs-bucket", Prefix="archives/")
    count: int = listed["KeyCount"]
    return count


def requested() -> list[Any]:
    """The executions whose messages are in the queue of archives, due or not; the queue is empty then."""
    return [message["execution_id"] for message in received()]


def received() -> list[Any]:
    sqs = aws_client("sqs")
    url = ENVIRONMENT["ARCHIVE_QUEUE_URL"]
    with later(1_000):
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in messages]


def read_all(world: World, execution_id: str, **query: Any) -> list[Any]:
    answer = world.call("list_logs", path={"execution_id": execution_id}, query=query)
    assert answer.status == 200, answer.text
    lines: list[Any] = answer.json["logs"]
    return lines


def read_pages(world: World, execution_id: str) -> list[Any]:
    """All lines, page after page."""
    lines: list[Any] = []
    query: dict[str, Any] = {"limit": "10000"}
    while True:
        page = world.call("list_logs", path={"execution_id": execution_id}, query=query).json
        lines += page["logs"]
        if not page["logs"] or page["next_cursor"] is None:
            return lines
        query["cursor"] = page["next_cursor"]


def download(world: World, execution_id: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
    answer = world.call(
        "download_logs", path={"execution_id": execution_id}, query=query, headers=headers or GZIP
    )
    assert answer.status == 302, answer.text
    key = urlsplit(answer.json["download_url"]).path.lstrip("/")
    return aws_client("s3").get_object(Bucket="logs-bucket", Key=key)


def expire_chunks(execution_id: str) -> None:
    """What TTL does, when it has done all."""
    table = boto3.resource("dynamodb", region_name=REGION).Table("LogsTable")
    for item in table.scan()["Items"]:
        if str(item["stream"]).startswith(execution_id) and item["record"] != "archive":
            table.delete_item(Key={"stream": item["stream"], "record": item["record"]})


def logged_execution(world: World) -> str:
    """A finished execution with a longer log."""
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    world.finish(execution_id)
    for chunk in range(6):
        log_store().append(
            execution_id,
            Chunk(
                [
                    LogEntry(
                        f"2026-11-25T05:00:{n:02}.{chunk % 2:03}Z",
                        "ERROR" if n % 7 == 0 else "INFO",
                        f"node-{chunk % 3}",
                        f"line {n} of {chunk}\n<b>",
                        {"n": n} if n % 5 == 0 else {},
                    )
                    for n in range(40)
                ]
            ),
        )
    return execution_id
