"""Archives: made once when an execution has ended, equal to the log, and read where chunks are gone."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.functions import invoke, sample_event
from tests.integration.aws import ENVIRONMENT, REGION
from tests.integration.conftest import World, flow
from tests.integration.state_machine import ExecutionFailed
from tests.integration.test_main_job import GREETING
from workflows.adapters import log_archives
from workflows.adapters import logs as logs_adapter
from workflows.adapters.clients import client
from workflows.adapters.logs import Chunk
from workflows.adapters.object_store import PART_BYTES
from workflows.adapters.stores import archive_store, execution_store, log_store, logs_bucket
from workflows.domain.log_entry import LogEntry
from workflows.services import log_files

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
    listed = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket="logs-bucket", Prefix="archives/")
    count: int = listed["KeyCount"]
    return count


def requested() -> list[Any]:
    """The executions whose messages are in the queue of archives, due or not; the queue is empty then."""
    return [message["execution_id"] for message in received()]


def received() -> list[Any]:
    sqs = boto3.client("sqs", region_name=REGION)
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
    return boto3.client("s3", region_name=REGION).get_object(Bucket="logs-bucket", Key=key)


def expire_chunks(execution_id: str) -> None:
    """What TTL does, when it has done all."""
    table = boto3.resource("dynamodb", region_name=REGION).Table("LogsTable")
    for item in table.scan()["Items"]:
        if str(item["stream"]).startswith(execution_id) and item["record"] != "archive":
            table.delete_item(Key={"stream": item["stream"], "record": item["record"]})


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 25, 5, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def execution_id(world: World) -> str:
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
    listed = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket="logs-bucket", Prefix="exports/")
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
        boto3.client("s3", region_name=REGION).put_object(Bucket="logs-bucket", Key=unfinished, Body=b"")
        assert world.call("delete_execution", path={"execution_id": execution_id}).status == 204
    world.reconcile(120)
    listed = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket="logs-bucket")
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


def test_archive_whose_files_are_gone_is_none(world: World, execution_id: str) -> None:
    """Somebody shortened the bucket's lifecycle, say: that is no error of the reader's."""
    with later(31):
        archive(execution_id)
    expire_chunks(execution_id)
    s3 = boto3.client("s3", region_name=REGION)
    for found in s3.list_objects_v2(Bucket="logs-bucket", Prefix="archives/")["Contents"]:
        s3.delete_object(Bucket="logs-bucket", Key=found["Key"])
    with later(40 * 86_400):
        answer = world.call("list_logs", path={"execution_id": execution_id})
        assert (answer.status, answer.json["logs"], answer.json["next_cursor"]) == (200, [], None)
        assert world.get(execution_id)["latest_logs"] == []
        plain = download(world, execution_id, {"Accept-Encoding": "identity"}, format="jsonl")
        assert plain["Body"].read() == b""


def test_archives_made_at_the_same_time_leave_one(
    world: World, execution_id: str, monkeypatch: pytest.MonkeyPatch, small_blocks: None
) -> None:
    """The second begins before the first has taken its place, and comes after."""
    expected = read_all(world, execution_id)
    replace = log_archives.ArchiveStore.replace
    are_made = []

    def slow(*arguments: Any) -> bool:
        monkeypatch.undo()
        archive(execution_id)
        are_made.append(archived_files())
        return replace(*arguments)

    monkeypatch.setattr(log_archives.ArchiveStore, "replace", slow)
    with later(31):
        archive(execution_id)
        assert are_made == [6]
        assert archived_files() == 3
        assert requested() == [execution_id]
        archive(execution_id)  # There is nothing left to do.
        assert requested() == []
    expire_chunks(execution_id)
    with later(40 * 86_400):
        assert read_all(world, execution_id) == expected


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


def test_archive_is_not_made_of_less_than_the_heads_promise(
    world: World, execution_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs_adapter.LogStore, "fetch", lambda *_: list)
    event = deepcopy(sample_event("lifecycle/archive_logs"))
    event["Records"][0]["body"] = json.dumps({"execution_id": execution_id})
    with later(31):
        assert invoke("lifecycle/archive_logs", event)["batchItemFailures"]
    assert archived_files() == 0


def test_line_that_comes_after_all_is_archived_when_it_is_looked_at_again(world: World) -> None:
    execution_id = world.accept(world.save(FAILING), {"reason": "no"})
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    requested()
    with later(31):
        archive(execution_id)
    assert requested() == [execution_id]
    with later(60):
        log_store().append(
            execution_id, Chunk([LogEntry("2026-11-25T05:00:50.000Z", "INFO", "split", "late")])
        )
    with later(931):
        expected = read_all(world, execution_id)
        archive(execution_id)
        body = gzip.decompress(download(world, execution_id, format="jsonl")["Body"].read())
    assert "late" in [line["message"] for line in expected]
    assert [json.loads(line) for line in body.splitlines()] == expected
    with later(960):
        assert [set(message) for message in received()] == [{"execution_id", "version"}]


def test_archive_stands_where_it_may_not_be_read_for_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution_id = world.accept(world.save(FAILING), {"reason": "no"})
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    with later(31):
        archive(execution_id)
        first = read_all(world, execution_id)
    expire_chunks(execution_id)
    with later(40 * 86_400):
        world.call("retry_execution", path={"execution_id": execution_id})
        with pytest.raises(ExecutionFailed):
            world.finish(execution_id)

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")

    event = deepcopy(sample_event("lifecycle/archive_logs"))
    event["Records"][0]["body"] = json.dumps({"execution_id": execution_id})
    with later(40 * 86_400 + 40):
        with monkeypatch.context() as patch:
            patch.setattr(client("s3"), "get_object", refuse)
            assert invoke("lifecycle/archive_logs", event)["batchItemFailures"]
        assert archived_files() == 3
        assert read_all(world, execution_id)[: len(first)] == first


def test_current_archive_is_never_discarded(world: World, execution_id: str) -> None:
    with later(31):
        archive(execution_id)
        made = archive_store().get(execution_id)
        assert made is not None
        archive(execution_id, version=made.version)
        archive(execution_id, version="another")
    assert archived_files() == 3


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
        size = boto3.client("s3", region_name=REGION).head_object(Bucket="logs-bucket", Key=made.key("text"))
    assert size["ContentLength"] > PART_BYTES
    assert size["ETag"].strip('"').endswith("-2")
    expire_chunks(execution_id)
    with later(40 * 86_400):
        assert [line["message"] for line in read_pages(world, execution_id)] == expected
    assert sorted(expected[-900:]) == sorted(text for row in rows for text in row)


def test_nothing_is_left_of_an_upload_that_fails_in_a_later_part(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = client("s3")
    send = s3.upload_part

    def fail(**arguments: Any) -> Any:
        if arguments["PartNumber"] == 2:
            raise EndpointConnectionError(endpoint_url="s3")
        return send(**arguments)

    monkeypatch.setattr(s3, "upload_part", fail)
    with pytest.raises(EndpointConnectionError), logs_bucket().upload("archives/x", "text/plain") as upload:
        upload.write(bytes(2 * PART_BYTES + 1))
    assert archived_files() == 0
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="logs-bucket")


def test_archive_of_an_execution_that_is_deleted_meanwhile_goes(
    world: World, execution_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = log_archives.ArchiveStore.replace

    def slow(*arguments: Any) -> bool:
        execution_store().purge(execution_id)
        return replace(*arguments)

    monkeypatch.setattr(log_archives.ArchiveStore, "replace", slow)
    with later(31):
        archive(execution_id)
    assert archived_files() == 0
    assert archive_store().get(execution_id) is None


def test_failure_to_archive_comes_again(
    world: World, execution_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(log_archives.ArchiveStore, "replace", refuse)
    event = deepcopy(sample_event("lifecycle/archive_logs"))
    event["Records"][0]["body"] = json.dumps({"execution_id": execution_id})
    with later(31):
        answer = invoke("lifecycle/archive_logs", event)
    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
