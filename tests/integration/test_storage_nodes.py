"""Nodes that read, write and list objects of S3."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from tests.integration.aws import aws_client
from tests.integration.conftest import World, flow
from tests.integration.node_runs import error_of, problems_of, result_of
from tests.integration.state_machine import ExecutionFailed
from workflows.adapters.clients import client


@pytest.fixture
def bucket() -> Iterator[Any]:
    with mock_aws():
        service = aws_client("s3")
        service.create_bucket(Bucket="files")
        yield service


def put(bucket: Any, key: str, body: bytes, **arguments: str) -> None:
    bucket.put_object(Bucket="files", Key=key, Body=body, **arguments)


def reading(key: str, **config: Any) -> dict[str, Any]:
    return {"operation": "read", "bucket": "files", "key": key, **config}


def writing(key: str, content: Any, **config: Any) -> dict[str, Any]:
    return {"operation": "write", "bucket": "files", "key": key, "content": content, **config}


@pytest.mark.parametrize(
    ("file_format", "content", "body", "media_type"),
    [
        ("text", "Grüße", "Grüße".encode(), "text/plain; charset=utf-8"),
        ("json", {"a": [1, None]}, b'{"a":[1,null]}', "application/json"),
        ("csv", [{"a": "1", "b": "x,y"}], b'a,b\r\n1,"x,y"\r\n', "text/csv; charset=utf-8"),
        ("lines", ["a", "b"], b"a\nb\n", "text/plain; charset=utf-8"),
        ("jsonl", [{"a": 1}, 2], b'{"a":1}\n2\n', "application/x-ndjson"),
    ],
)
def test_content_is_written_and_read_again(
    bucket: Any, file_format: str, content: Any, body: bytes, media_type: str
) -> None:
    written = result_of(
        "storage",
        writing("owner/{{inputs.name}}", "{{inputs.content}}", format=file_format),
        name="a",
        content=content,
    )
    stored = bucket.get_object(Bucket="files", Key="owner/a")

    assert (stored["Body"].read(), stored["ContentType"]) == (body, media_type)
    assert written == {
        "bucket": "files",
        "key": "owner/a",
        "bytes": len(body),
        "etag": stored["ETag"].strip('"'),
    }
    assert result_of("aws_s3", reading("owner/a", format=file_format)) == content


def test_gzip_is_undone_once_and_done_by_name(bucket: Any) -> None:
    put(bucket, "shared/a.json", gzip.compress(b"[1]"), ContentEncoding="gzip")
    put(bucket, "shared/b.json.gz", gzip.compress(b"[2]"), ContentEncoding="aws-chunked,gzip")
    assert result_of("storage", reading("shared/a.json", format="json")) == [1]
    assert result_of("storage", reading("shared/b.json.gz", format="json")) == [2]

    result_of("storage", writing("owner/c.txt.gz", "abc"))
    assert gzip.decompress(bucket.get_object(Bucket="files", Key="owner/c.txt.gz")["Body"].read()) == b"abc"
    assert result_of("storage", reading("owner/c.txt.gz")) == "abc"


@pytest.mark.parametrize(
    ("body", "arguments", "config", "code", "said"),
    [
        (b"x" * 200_001, {}, {}, "storage_too_large", "more than 200,000 bytes"),
        (gzip.compress(bytes(9_000_000)), {"ContentEncoding": "gzip"}, {}, "storage_too_large", "unzipped"),
        (b"a" * 100_000 + b"\n1\n2", {}, {"format": "csv"}, "storage_too_large", "as JSON"),
        (b"plain", {"ContentEncoding": "gzip"}, {}, "storage_content_invalid", "is not gzip"),
        (b"plain", {"ContentEncoding": "br"}, {}, "storage_content_invalid", "encoded as br"),
        (b"\xff", {}, {}, "storage_content_invalid", "is not UTF-8: byte 1"),
        (b"{", {}, {"format": "json"}, "storage_content_invalid", "is not JSON"),
    ],
)
def test_hostile_object_fails_the_node(
    bucket: Any, body: bytes, arguments: Any, config: Any, code: str, said: str
) -> None:
    put(bucket, "shared/a", body, **arguments)
    error = error_of("storage", reading("shared/a", **config))
    assert (error.code, error.retryable) == (code, False)
    assert said in error.detail


@pytest.mark.parametrize(
    "key", ["other/a", "owner", "ownership/a", "owner/../other/a", "a", "payloads/a", "{owner}/a"]
)
def test_what_is_another_owners_is_neither_read_nor_written(bucket: Any, key: str) -> None:
    put(bucket, key, b"secret")
    for config in (reading("{{inputs.key}}"), writing("{{inputs.key}}", "mine")):
        error = error_of("storage", config, key=key)
        assert error.code in ("storage_forbidden", "storage_config_invalid")
    assert bucket.get_object(Bucket="files", Key=key)["Body"].read() == b"secret"


@pytest.mark.parametrize("name", ["data-bucket", "logs-bucket", "elsewhere"])
def test_own_and_unlisted_buckets_are_closed(name: str) -> None:
    with patch.dict("os.environ", {"STORAGE_LOCATIONS": "data-bucket/,logs-bucket/,files/"}):
        for config in (
            {"operation": "list", "bucket": name},
            {"operation": "read", "bucket": name, "key": "payloads/a"},
            {"operation": "write", "bucket": name, "key": "payloads/a", "content": "x"},
        ):
            assert error_of("storage", config).code == "storage_forbidden"


def test_nothing_is_open_where_nothing_is_listed() -> None:
    with patch.dict("os.environ", {"STORAGE_LOCATIONS": ""}):
        assert error_of("storage", reading("owner/a")).code == "storage_forbidden"


@pytest.mark.usefixtures("bucket")
def test_missing_object_and_bucket_are_told() -> None:
    error = error_of("storage", reading("owner/nothing"))
    assert (error.code, error.detail) == ("storage_not_found", "files/owner/nothing is not there")
    with patch.dict("os.environ", {"STORAGE_LOCATIONS": "no-bucket/"}):
        config = {"operation": "list", "bucket": "no-bucket"}
        assert error_of("storage", config).code == "storage_not_found"


def test_object_that_is_there_is_not_written_if_absent_is_wanted(bucket: Any) -> None:
    put(bucket, "owner/a", b"first")
    error = error_of("storage", writing("owner/a", "second", if_absent=True))
    assert (error.code, error.detail) == ("storage_exists", "there is an object owner/a already")
    assert result_of("storage", writing("owner/b", "new", if_absent=True))["bytes"] == 3


def test_own_write_whose_answer_was_lost_is_known_again(bucket: Any) -> None:
    send = client("s3").put_object

    def lost(**arguments: Any) -> Any:
        send(**arguments)
        raise ReadTimeoutError(endpoint_url="s3")

    config = writing("owner/a", "mine", if_absent=True)
    with patch.object(client("s3"), "put_object", lost):
        error = error_of("storage", config)
    assert (error.code, error.retryable) == ("storage_unavailable", True)
    assert result_of("storage", config)["bytes"] == 4


def test_list_is_in_order_and_bounded(bucket: Any) -> None:
    for number in range(3):
        put(bucket, f"owner/in/{number}", b"x" * number)
    put(bucket, "owner/out", b"")
    config = {"operation": "list", "bucket": "files", "prefix": "owner/in/"}
    found = result_of("storage", config)
    assert [(each["key"], each["bytes"]) for each in found["objects"]] == [
        ("owner/in/0", 0),
        ("owner/in/1", 1),
        ("owner/in/2", 2),
    ]
    assert found["is_complete"] is True
    assert found["objects"][0]["updated_at"].endswith("Z")
    with patch("workflows.adapters.user_buckets.PAGE_ITEMS", 1):
        found = result_of("storage", {**config, "max_items": 2})
    assert [each["key"] for each in found["objects"]] == ["owner/in/0", "owner/in/1"]
    assert found["is_complete"] is False


@pytest.mark.parametrize("prefix", ["", "owner", "other/"])
def test_prefix_is_listed_only_if_all_under_it_is_open(prefix: str) -> None:
    config = {"operation": "list", "bucket": "files", "prefix": prefix}
    assert error_of("storage", config).code == "storage_forbidden"


@pytest.mark.parametrize(
    ("answered", "code", "is_retried"),
    [
        (("AccessDenied", 403), "storage_forbidden", False),
        (("SlowDown", 503), "storage_unavailable", True),
        (("InternalError", 500), "storage_unavailable", True),
        (("InvalidObjectState", 403), "storage_request_invalid", False),
    ],
)
def test_refusal_is_told_and_tried_again_where_that_may_help(
    world: World, answered: tuple[str, int], code: str, is_retried: bool
) -> None:
    response = {
        "Error": {"Code": answered[0], "Message": "said"},
        "ResponseMetadata": {"HTTPStatusCode": answered[1]},
    }
    failure = ClientError(response, "GetObject")  # type: ignore[arg-type]
    with patch.object(client("s3"), "get_object", side_effect=failure):
        error = error_of("storage", reading("owner/a"))
    assert (error.code, error.retryable) == (code, is_retried)


@pytest.mark.parametrize(
    ("config", "pointers"),
    [
        ({}, ["/operation", "/bucket"]),
        ({"operation": "steal", "bucket": "files"}, ["/operation"]),
        ({"operation": "read", "bucket": "files"}, ["/key"]),
        (reading("a", content="x", prefix="y"), ["/content", "/prefix"]),
        ({"operation": "write", "bucket": "Files", "key": "../a"}, ["/bucket", "/key", "/content"]),
        ({"operation": "list", "bucket": "files", "key": "a", "max_items": 0}, ["/key", "/max_items"]),
        (reading("a", delimiter=";"), ["/delimiter"]),
        (reading("a", format="csv", delimiter=";;"), ["/delimiter"]),
        (reading("a", format="xml", charset="latin-1"), ["/format", "/charset"]),
    ],
)
def test_config_is_checked_at_save(config: dict[str, Any], pointers: list[str]) -> None:
    assert problems_of("storage", config) == sorted(pointers)


@pytest.mark.parametrize(
    ("config", "inputs"),
    [
        (reading("{{inputs.x}}"), {"x": 7}),
        (reading("{{inputs.x}}"), {"x": ""}),
        ({"operation": "list", "bucket": "{{inputs.x}}", "prefix": "owner/"}, {}),
        (
            {"operation": "list", "bucket": "files", "prefix": "owner/", "max_items": "{{inputs.x}}"},
            {"x": True},
        ),
    ],
)
def test_values_are_checked_again_at_run_time(config: Any, inputs: Any) -> None:
    error = error_of("storage", config, **inputs)
    assert error.code == "storage_config_invalid"
    assert error.detail.split(":")[0] in ("key", "bucket", "max_items")


def test_content_that_cannot_be_written_fails_the_node() -> None:
    error = error_of("storage", writing("owner/a", {"a": 1}, format="csv"))
    assert (error.code, error.detail) == (
        "storage_content_invalid",
        "content: must be a list of objects to be written as csv",
    )
    assert error_of("storage", writing("owner/a", "x" * 200_001)).code == "storage_too_large"


def test_workflow_has_its_owners_locations_whoever_executes_it(world: World) -> None:
    files = aws_client("s3")
    files.create_bucket(Bucket="files")
    for user in ("owner", "other"):
        files.put_object(Bucket="files", Key=f"{user}/a", Body=user.encode())
    node = {"id": "it", "type": "aws_s3", "config": reading("{{inputs.key}}")}
    workflow_id = world.save(flow(node, edges=[], visibility="public"))
    own, foreign = (
        world.accept(workflow_id, {"key": f"{user}/a"}, user="other") for user in ("owner", "other")
    )
    world.finish(own)
    with pytest.raises(ExecutionFailed):
        world.finish(foreign)
    assert world.payload(own, "result") == "owner"
    assert world.get(foreign, user="other")["error"]["code"] == "storage_forbidden"
