"""Archives: made once when an execution has ended, equal to the log, and read where chunks are gone."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import time_machine

from tests.integration.archives import (
    FAILING,
    MOMENT,
    archive,
    archived_files,
    download,
    expire_chunks,
    later,
    logged_execution,
    read_all,
    read_pages,
    received,
    requested,
)
from tests.integration.aws import REGION, aws_client
from tests.integration.conftest import World
from tests.integration.state_machine import ExecutionFailed
from tests.integration.test_main_job import GREETING
from workflows.adapters.clients import client
from workflows.adapters.logs import Chunk
from workflows.adapters.object_store import PART_BYTES
from workflows.adapters.stores import archive_store, log_store
from workflows.domain.log_entry import LogEntry
from workflows.services import log_files


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=True):
        yield


@pytest.fixture
def execution_id(world: World) -> str:
    return logged_execution(world)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "_BLOCK_LINES", 17)


def test_end_asks_for_the_archive(world: World, execution_id: str) -> None:
    world.follow_up(execution_id)
    assert requested() == [execution_id]


def test_archive_equals_the_log_in_every_format(world: World, execution_id: str, small_blocks: None) -> None:
    expected = read_all(world, execution_id)
    with later(31):
        archive(execution_id)
        text, document, lines = (
            download(world, execution_id, format=name) for name in ("text", "json", "jsonl")
        )
    assert {each["ContentEncoding"] for each in (text, document, lines)} == {"gzip"}
    assert len(gzip.decompress(text["Body"].read()).decode().splitlines()) == len(expected)
    read = json.loads(gzip.decompress(document["Body"].read()))
    assert (read["logs"], read["total_logs"], read["execution_id"]) == (expected, len(expected), execution_id)
    data = lines["Body"].read()
    assert [json.loads(line) for line in gzip.decompress(data).splitlines()] == expected
    # One member: some browsers stop after the first.
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    unpacker.decompress(data)
    assert unpacker.eof
    assert unpacker.unused_data == b""


def test_download_of_an_archived_log_reads_no_chunks_and_writes_nothing(
    world: World, execution_id: str
) -> None:
    calls: list[str] = []

    def note(model: Any, params: dict[str, Any], **_: Any) -> None:
        calls.append(f"{model.name} {params.get('TableName', '')}".strip())

    with later(31):
        archive(execution_id)
        for service in ("dynamodb", "s3"):
            client(service).meta.events.register("provide-client-params", note)
        try:
            download(world, execution_id)
        finally:
            for service in ("dynamodb", "s3"):
                client(service).meta.events.unregister("provide-client-params", note)
    assert calls == ["GetItem ExecutionsTable", "GetItem LogsTable", "GetObject"]  # The last one signs.


def test_client_that_takes_no_gzip_gets_plain_text(world: World, execution_id: str) -> None:
    expected = read_all(world, execution_id)
    with later(31):
        archive(execution_id)
        plain = [download(world, execution_id, {"Accept": "*/*"}, format="jsonl") for _ in range(2)]
    for each in plain:
        assert "ContentEncoding" not in each
        body = each["Body"].read()
        assert each["ContentLength"] == len(body)
        assert [json.loads(line) for line in body.splitlines()] == expected
    listed = aws_client("s3").list_objects_v2(Bucket="logs-bucket", Prefix="exports/")
    assert listed["KeyCount"] == 1


QUERIES: list[dict[str, Any]] = [
    {},
    {"level": "ERROR"},
    {"node_id": "node-1", "order": "desc", "limit": "7", "offset": "3"},
    {"q": "line 3", "limit": "5"},
    {"q": '"n": 35'},
    {"started_after": "2026-11-25T05:00:10Z", "started_before": "2026-11-25T05:00:12.001Z"},
    {"offset": "100", "limit": "50"},
]


@pytest.mark.parametrize("query", QUERIES)
def test_log_reads_the_same_after_its_chunks_expired(
    world: World, execution_id: str, small_blocks: None, query: dict[str, Any]
) -> None:
    path = {"execution_id": execution_id}
    before = world.call("list_logs", path=path, query=query).json
    latest = world.get(execution_id)["latest_logs"]
    with later(31):
        archive(execution_id)
    expire_chunks(execution_id)
    with later(32 * 86_400):
        after = world.call("list_logs", path=path, query=query).json
        assert world.get(execution_id)["latest_logs"] == latest
    assert before["logs"]
    assert {**after, "next_cursor": None} == {**before, "next_cursor": None}


@pytest.mark.parametrize("is_expired", [False, True])
def test_cursors_go_through_an_archived_log_to_its_end(
    world: World, execution_id: str, small_blocks: None, is_expired: bool
) -> None:
    expected = read_all(world, execution_id)
    with later(31):
        archive(execution_id)
    if is_expired:
        expire_chunks(execution_id)
    with later(32 * 86_400 if is_expired else 60):
        lines: list[Any] = []
        cursor = None
        while True:
            query: dict[str, Any] = {"limit": "37", **({"cursor": cursor} if cursor else {})}
            page = world.call("list_logs", path={"execution_id": execution_id}, query=query).json
            lines += page["logs"]
            assert page["total_logs"] == len(expected)
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert lines == expected


def test_cursor_from_before_the_expiry_is_refused_after_it(world: World, execution_id: str) -> None:
    path = {"execution_id": execution_id}
    cursor = world.call("list_logs", path=path, query={"limit": "10"}).json["next_cursor"]
    with later(31):
        archive(execution_id)
    expire_chunks(execution_id)
    with later(32 * 86_400):
        answer = world.call("list_logs", path=path, query={"cursor": cursor})
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == "cursor"


def test_archive_waits_for_the_last_lines(world: World, execution_id: str) -> None:
    archive(execution_id)
    assert requested() == [execution_id]
    assert download(world, execution_id)["ContentEncoding"] == "gzip"  # As it is now.


def test_archive_waits_for_nodes_that_are_under_way(world: World, execution_id: str) -> None:
    executions = boto3.resource("dynamodb", region_name=REGION).Table("ExecutionsTable")
    lease = (datetime.now(UTC) + timedelta(seconds=300)).isoformat(timespec="milliseconds")
    executions.update_item(
        Key={"execution_id": execution_id, "record": "node#greet"},
        UpdateExpression="SET #s = :running, lease_until = :lease",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":running": "running", ":lease": lease.replace("+00:00", "Z")},
    )
    executions.update_item(
        Key={"execution_id": execution_id, "record": "execution"},
        UpdateExpression="SET #s = :failed",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":failed": "failed"},
    )
    for seconds, is_made in ((60, False), (301, False), (331, True)):
        with later(seconds):
            archive(execution_id)
        assert requested() == ([] if is_made else [execution_id])
        assert (archive_store().get(execution_id) is not None) == is_made


def test_archiving_again_changes_nothing(world: World, execution_id: str) -> None:
    with later(31):
        archive(execution_id)
        first = world.item("LogsTable", stream=f"{execution_id}#0", record="archive")
        archive(execution_id)
        second = world.item("LogsTable", stream=f"{execution_id}#0", record="archive")
    assert second["version"] == first["version"]


def test_archive_is_made_again_of_what_came_later(world: World, small_blocks: None) -> None:
    execution_id = world.accept(world.save(FAILING), {"reason": "no"})
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    with later(31):
        archive(execution_id)
        first = read_all(world, execution_id)
    requested()
    expire_chunks(execution_id)
    with later(40 * 86_400):
        answer = world.call("retry_execution", path={"execution_id": execution_id})
        assert answer.status == 200, answer.text
        assert read_all(world, execution_id)[: len(first)] == first
        with pytest.raises(ExecutionFailed):
            world.finish(execution_id)
        whole = read_all(world, execution_id)
        assert whole[: len(first)] == first
        assert len(whole) > len(first)
        archive(execution_id)
        assert requested() == [execution_id]
    with later(40 * 86_400 + 40):
        archive(execution_id)
        assert read_all(world, execution_id) == whole
        body = gzip.decompress(download(world, execution_id, format="jsonl")["Body"].read())
        assert [json.loads(line) for line in body.splitlines()] == whole
    # Whoever has a link to a file of the first one has fifteen minutes.
    assert archived_files() == 6
    with later(40 * 86_400 + 60):
        [message] = received()
    assert "version" in message
    archive(**message)
    assert archived_files() == 3


def test_execution_that_goes_on_is_archived_before_its_chunks_expire(world: World) -> None:
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    world.begin(execution_id)
    requested()
    with later(14 * 86_400):
        archive(execution_id)  # A message that somebody's earlier end has left behind.
        world.reconcile()
        assert requested() == []
    before = read_all(world, execution_id)
    with later(16 * 86_400):
        boto3.resource("dynamodb", region_name=REGION).Table("ExecutionsTable").update_item(
            Key={"execution_id": execution_id, "record": "execution"},
            UpdateExpression="SET due_at = :now",
            ExpressionAttributeValues={":now": "2026-11-25T00:00:00.000Z"},
        )
        world.reconcile()
        assert execution_id in requested()
        archive(execution_id)
    expire_chunks(execution_id)
    with later(31 * 86_400):
        assert read_all(world, execution_id)[: len(before)] == before


def test_archive_of_a_deleted_execution_goes_with_it(world: World, execution_id: str) -> None:
    with later(31):
        archive(execution_id)
        download(world, execution_id, level="ERROR")
        unfinished = f"archives/{execution_id}/another.text.gz"
        aws_client("s3").put_object(Bucket="logs-bucket", Key=unfinished, Body=b"")
        assert world.call("delete_execution", path={"execution_id": execution_id}).status == 204
    world.reconcile(120)
    listed = aws_client("s3").list_objects_v2(Bucket="logs-bucket")
    assert listed["KeyCount"] == 0
    with later(200):
        archive(execution_id)  # Its message comes late: there is nothing to do.


def test_log_whose_archive_expired_is_empty(world: World, execution_id: str) -> None:
    with later(31):
        archive(execution_id)
    expire_chunks(execution_id)
    with later(364 * 86_400 + 60):
        assert read_all(world, execution_id) == []
        assert world.get(execution_id)["latest_logs"] == []
        assert download(world, execution_id)["ContentEncoding"] == "gzip"


def test_archive_waits_for_a_node_that_settled_just_now(world: World, execution_id: str) -> None:
    """Its last lines come right after its record."""
    executions = boto3.resource("dynamodb", region_name=REGION).Table("ExecutionsTable")
    just_now = "2026-11-25T05:00:50.000Z"
    for record, name, value in (("node#greet", "completed_at", just_now), ("execution", "status", "failed")):
        executions.update_item(
            Key={"execution_id": execution_id, "record": record},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )
    for seconds, is_made in ((60, False), (85, True)):
        with later(seconds):
            archive(execution_id)
        assert (archive_store().get(execution_id) is not None) == is_made


def test_waiting_for_an_archived_log_ends_at_once(
    world: World, execution_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(_: float) -> None:
        raise AssertionError("there is nothing to wait for")

    with later(31):
        archive(execution_id)
        monkeypatch.setattr("workflows.services.logs.time.sleep", sleep)
        query: dict[str, Any] = {"wait_seconds": "20", "q": "no such text"}
        answer = world.call("list_logs", path={"execution_id": execution_id}, query=query)
    assert (answer.json["logs"], answer.json["next_cursor"]) == ([], None)


def test_log_of_long_lines_is_archived_in_blocks_and_parts_of_bounded_size(
    world: World, execution_id: str
) -> None:
    """10 MB that shrink to half: an upload in two parts."""
    rows = [[random.Random(n * 9 + part).randbytes(5_500).hex() for part in range(9)] for n in range(100)]
    for n, row in enumerate(rows):
        at = f"2026-11-25T05:01:{n // 10:02}.{n % 10:03}Z"
        log_store().append(execution_id, Chunk([LogEntry(at, "INFO", "loud", text) for text in row]))
    expected = [line["message"] for line in read_pages(world, execution_id)]
    with later(120):
        archive(execution_id)
        made = archive_store().get(execution_id)
        assert made is not None
        assert max(block.size for block in made.blocks) < 600_000
        size = aws_client("s3").head_object(Bucket="logs-bucket", Key=made.key("text"))
    assert size["ContentLength"] > PART_BYTES
    assert size["ETag"].strip('"').endswith("-2")
    expire_chunks(execution_id)
    with later(40 * 86_400):
        assert [line["message"] for line in read_pages(world, execution_id)] == expected
    assert sorted(expected[-900:]) == sorted(text for row in rows for text in row)
