"""Answers the calls of the log's stores from a file of items, without a service.

Requests are made and answers parsed by botocore as ever; only the network and the service are missing.
"""

from __future__ import annotations

import base64
import json
import os
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from tests.costs.units import Item
from workflows.adapters.clients import client

_PAGE_BYTES = 1024 * 1024
"""Of a query's answer: DynamoDB's limit."""

_Key = tuple[str, str]


@dataclass
class Memory:
    """A log's items, in a file; their JSON takes no memory until it is asked for.

    Attributes:
        execution: The record of the execution whose log it is.
        places: Offset and length in the file, by key.
        seconds: Spent in answering.
    """

    file: int
    execution: Item
    places: dict[_Key, tuple[int, int]]
    seconds: float = 0

    def __post_init__(self) -> None:
        self._keys = sorted(self.places)

    @classmethod
    def read(cls, path: Path) -> Memory:
        index = json.loads(path.with_suffix(".index").read_text())
        places = {(stream, record): (offset, length) for stream, record, offset, length in index["places"]}
        return cls(os.open(path, os.O_RDONLY), index["execution"], places)

    @classmethod
    def nothing(cls) -> Memory:
        """One that takes whatever is written."""
        return cls(-1, {}, {})

    @contextmanager
    def answers(self) -> Iterator[None]:
        """No call of the block reaches a service."""
        services = (client("dynamodb"), client("dynamodb", once=True), client("s3"))
        for service in services:
            service.meta.events.register("before-send", self._answer)
        try:
            yield
        finally:
            for service in services:
                service.meta.events.unregister("before-send", self._answer)

    def _answer(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        began = time.perf_counter()
        service, operation = event_name.split(".")[1:]
        headers = HTTPHeaders()
        body: Any = request.body
        if service == "s3":
            headers["ETag"] = '"0"'
            answer = _s3_answer(request, operation)
        else:
            answer = self._dynamodb_answer(operation, json.loads(body))
        self.seconds += time.perf_counter() - began
        return AWSResponse(request.url, 200, headers, _Raw(answer))

    def _dynamodb_answer(self, operation: str, asked: dict[str, Any]) -> bytes:
        match operation:
            case "GetItem" if "execution_id" in asked["Key"]:
                return json.dumps({"Item": self.execution}).encode()
            case "UpdateItem":
                return b'{"Attributes":{"bytes":{"N":"1"}}}'
            case "Query":
                return self._query(asked)
            case "BatchGetItem":
                ((table, wanted),) = asked["RequestItems"].items()
                items = [self._item((key["stream"]["S"], key["record"]["S"])) for key in wanted["Keys"]]
                return b'{"Responses":{"%s":[%s]}}' % (table.encode(), b",".join(items))
        return b"{}"

    def _query(self, asked: dict[str, Any]) -> bytes:
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        stream = values[":stream"]
        start = bisect_left(self._keys, (stream, values[":first"]))
        if "ExclusiveStartKey" in asked:
            start = bisect_right(self._keys, (stream, asked["ExclusiveStartKey"]["record"]["S"]))
        end = bisect_right(self._keys, (stream, values[":last"]))
        items: list[bytes] = []
        size = 0
        while start < end and size < _PAGE_BYTES:
            items.append(self._item(self._keys[start]))
            size += len(items[-1])
            start += 1
        answer = b'"Items":[' + b",".join(items) + b"]"
        if start == end:
            return b"{" + answer + b"}"
        last = {"stream": {"S": stream}, "record": {"S": self._keys[start - 1][1]}}
        return b'{"LastEvaluatedKey":' + json.dumps(last).encode() + b"," + answer + b"}"

    def _item(self, key: _Key) -> bytes:
        offset, length = self.places[key]
        return os.pread(self.file, length, offset)


class _Raw(BytesIO):
    """What botocore reads an answer from."""

    def stream(self) -> Iterator[bytes]:
        yield self.getvalue()


def save(path: Path, items: Sequence[Item], execution: Item) -> None:
    """Write the file that `Memory.read` reads."""
    places: list[tuple[str, str, int, int]] = []
    offset = 0
    with path.open("wb") as file:
        for item in items:
            text = json.dumps(item, default=_base64).encode()
            file.write(text)
            places.append((item["stream"]["S"], item["record"]["S"], offset, len(text)))
            offset += len(text)
    path.with_suffix(".index").write_text(json.dumps({"execution": execution, "places": places}))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _s3_answer(request: AWSPreparedRequest, operation: str) -> bytes:
    body: Any = request.body
    if hasattr(body, "read"):
        # What is sent is read, and so gets its checksum.
        while body.read(1024 * 1024):
            pass
    key = urlsplit(request.url).path.lstrip("/")
    match operation:
        case "CreateMultipartUpload":
            return (
                f"<InitiateMultipartUploadResult><Key>{key}</Key><UploadId>1</UploadId>"
                "</InitiateMultipartUploadResult>"
            ).encode()
        case "CompleteMultipartUpload":
            return f"<CompleteMultipartUploadResult><Key>{key}</Key></CompleteMultipartUploadResult>".encode()
    return b""
