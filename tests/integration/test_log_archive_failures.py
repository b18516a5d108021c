"""Archives where something goes wrong: files that are gone or forbidden, others at work, calls that fail."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.functions import invoke, sample_event
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
    received,
    requested,
)
from tests.integration.aws import aws_client
from tests.integration.conftest import World
from tests.integration.state_machine import ExecutionFailed
from workflows.adapters import log_archives
from workflows.adapters import logs as logs_adapter
from workflows.adapters.clients import client
from workflows.adapters.logs import Chunk
from workflows.adapters.object_store import PART_BYTES
from workflows.adapters.stores import archive_store, execution_store, log_store, logs_bucket
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


def test_archive_whose_files_are_gone_is_none(world: World, execution_id: str) -> None:
    """Somebody shortened the bucket's lifecycle, say: that is no error of the reader's."""
    with later(31):
        archive(execution_id)
    expire_chunks(execution_id)
    s3 = aws_client("s3")
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
