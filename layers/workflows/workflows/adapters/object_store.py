"""An S3 bucket: objects by key, in whole or in parts, and links that let a browser download one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from workflows.adapters.clients import SERVICE_FAILURES, client

PART_BYTES = 5 * 1024 * 1024
"""Of an upload in parts: S3 takes 10,000 of them, and none smaller but the last."""

_MISSING = frozenset({"404", "NoSuchKey"})
"""So S3 says to whoever may list the bucket; to others it says 403, as where something is forbidden."""


class NoSuchObject(Exception):
    """There is no such object (any more)."""


@dataclass
class Upload:
    """An object that is written piece by piece, in the memory of one part.

    Attributes:
        size: Bytes written.
    """

    bucket: str
    key: str
    headers: dict[str, str]
    size: int = 0
    _buffer: bytearray = field(default_factory=bytearray)
    _upload_id: str | None = None
    _parts: list[dict[str, Any]] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        self._buffer += data
        self.size += len(data)
        while len(self._buffer) >= PART_BYTES:
            self._send(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]

    def finish(self) -> None:
        """Let the object be there, whole; before, nothing of it is."""
        if self._upload_id is None:
            client("s3").put_object(**self._object, Body=bytes(self._buffer), **self.headers)
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        client("s3").complete_multipart_upload(
            **self._object, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
        )

    def abort(self) -> None:
        """Leave nothing of it; what S3 does not do now, its lifecycle does later."""
        if self._upload_id is not None:
            with suppress(*SERVICE_FAILURES):
                client("s3").abort_multipart_upload(**self._object, UploadId=self._upload_id)

    def _send(self, part: bytes) -> None:
        if self._upload_id is None:
            answer = client("s3").create_multipart_upload(**self._object, **self.headers)
            self._upload_id = answer["UploadId"]
        number = len(self._parts) + 1
        answer = client("s3").upload_part(
            **self._object, UploadId=self._upload_id, PartNumber=number, Body=part
        )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})

    @property
    def _object(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.key}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket by its name."""

    name: str

    def put(self, key: str, body: bytes, content_type: str) -> None:
        client("s3").put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)

    @contextmanager
    def upload(self, key: str, content_type: str, *, is_gzip: bool = False) -> Iterator[Upload]:
        """Write an object piece by piece; it is there once the block is left, unless by an exception."""
        headers = {"ContentType": content_type, **({"ContentEncoding": "gzip"} if is_gzip else {})}
        upload = Upload(self.name, key, headers)
        try:
            yield upload
            upload.finish()
        except BaseException:
            upload.abort()
            raise

    def get(self, key: str) -> bytes:
        """An object's bytes.

        Raises:
            NoSuchObject: There is none.
        """
        body: bytes = self._open(key).read()
        return body

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes of an object from `start` on.

        Raises:
            NoSuchObject: There is none.
        """
        body: bytes = self._open(key, Range=f"bytes={start}-{start + length - 1}").read()
        return body

    def pieces(self, key: str) -> Iterator[bytes]:
        """An object's bytes, a MiB at a time.

        Raises:
            NoSuchObject: There is none.
        """
        yield from self._open(key).iter_chunks(1024 * 1024)

    def _open(self, key: str, **arguments: str) -> Any:
        try:
            return client("s3").get_object(Bucket=self.name, Key=key, **arguments)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                raise NoSuchObject(key) from error
            raise

    def has(self, key: str) -> bool:
        """Whether there is such an object."""
        try:
            client("s3").head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return False
            raise
        return True

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are no error."""
        for key in keys:
            client("s3").delete_object(Bucket=self.name, Key=key)

    def delete_all(self, prefix: str) -> None:
        """Delete the objects whose keys begin with `prefix`."""
        pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        for page in pages:
            self.delete([found["Key"] for found in page.get("Contents", ())])

    def presign(
        self, key: str, *, filename: str, content_type: str, expires_seconds: int, is_inline: bool = False
    ) -> str:
        """A URL that downloads the object under `filename`, or lets browsers show it, until it expires."""
        disposition = "inline" if is_inline else "attachment"
        url: str = client("s3").generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.name,
                "Key": key,
                "ResponseContentDisposition": f'{disposition}; filename="{filename}"',
                "ResponseContentType": content_type,
            },
            ExpiresIn=expires_seconds,
        )
        return url
