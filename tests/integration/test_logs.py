"""Reading and downloading logs."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.aws import aws_client
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from workflows.adapters.logs import Chunk
from workflows.adapters.stores import log_store
from workflows.domain.log_entry import LogEntry


@pytest.fixture
def execution_id(world: World) -> str:
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    world.finish(execution_id)
    return execution_id


def lines(world: World, execution_id: str, **query: Any) -> Any:
    answer = world.call("list_logs", path={"execution_id": execution_id}, query=query)
    assert answer.status == 200, answer.text
    return answer.json


def test_logs_tell_the_execution_in_order(world: World, execution_id: str) -> None:
    found = lines(world, execution_id)

    told = [(line["node_id"], line["message"]) for line in found["logs"]]
    assert told == [
        (None, "execution accepted"),
        (None, "execution started"),
        ("start", "started"),
        ("start", "completed"),
        ("greet", "started"),
        ("greet", "completed"),
        ("end", "started"),
        ("end", "completed"),
        (None, "execution completed"),
    ]
    assert found["total_logs"] == len(told)
    assert found["execution_id"] == execution_id
    assert set(found["logs"][0]) == {"timestamp", "level", "node_id", "message"}


def test_filters_pages_and_totals_agree(world: World, execution_id: str) -> None:
    log_store().append(
        execution_id,
        Chunk(
            [
                LogEntry(f"2026-01-01T00:00:0{n}.000Z", "ERROR" if n % 2 else "INFO", "greet", f"line {n}")
                for n in range(6)
            ]
        ),
    )
    errors = lines(world, execution_id, level="ERROR")
    assert ([line["message"] for line in errors["logs"]], errors["total_logs"]) == (
        ["line 1", "line 3", "line 5"],
        3,
    )
    both = lines(world, execution_id, level=["ERROR", "INFO"], node_id="greet", limit="2", offset="1")
    assert ([line["message"] for line in both["logs"]], both["total_logs"]) == (["line 1", "line 2"], 8)
    last = lines(world, execution_id, node_id="greet", order="desc", limit="1")
    assert last["logs"][0]["message"] == "completed"
    assert lines(world, execution_id, node_id="nobody")["total_logs"] == 0


@pytest.mark.parametrize(
    ("log_format", "content_type"),
    [("text", "text/plain"), ("json", "application/json"), ("jsonl", "application/x-ndjson")],
)
def test_download_redirects_to_a_file_of_that_name(
    world: World, execution_id: str, log_format: str, content_type: str
) -> None:
    answer = world.call("download_logs", path={"execution_id": execution_id}, query={"format": log_format})

    assert answer.status == 302
    assert answer.headers["Location"] == answer.json["download_url"]
    extension = {"text": "txt"}.get(log_format, log_format)
    assert answer.json["filename"] == f"execution-{execution_id}-logs.{extension}"
    url = urlsplit(answer.json["download_url"])
    query = parse_qs(url.query)
    assert query["response-content-disposition"] == [f'attachment; filename="{answer.json["filename"]}"']
    assert query["response-content-type"][0].startswith(content_type)
    assert "X-Amz-Signature" in query

    body = aws_client("s3").get_object(Bucket="logs-bucket", Key=url.path.lstrip("/"))["Body"].read()
    expected = lines(world, execution_id)["logs"]
    if log_format == "text":
        first = body.decode().splitlines()[0]
        assert first == f"[{expected[0]['timestamp'][:19]}Z] INFO [execution] - execution accepted"
    elif log_format == "json":
        assert json.loads(body)["logs"] == expected
    else:
        assert [json.loads(line) for line in body.splitlines()] == expected


def test_hostile_message_stays_one_line(world: World, execution_id: str) -> None:
    message = "real\n[2026-01-01T00:00:00Z] ERROR [x] - forged\r\u2028\x1b[31m"
    log_store().append(execution_id, Chunk([LogEntry("2026-01-01T00:00:00.000Z", "INFO", "greet", message)]))
    answer = world.call("download_logs", path={"execution_id": execution_id}, query={"format": "text"})
    key = urlsplit(answer.json["download_url"]).path.lstrip("/")
    text = aws_client("s3").get_object(Bucket="logs-bucket", Key=key)["Body"].read().decode()
    assert len(text.splitlines()) == lines(world, execution_id)["total_logs"]
    assert "forged\\r\\u2028\\x1b[31m" in text
