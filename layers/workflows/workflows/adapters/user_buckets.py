"""S3 buckets of the users: what nodes read, write and list there."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from workflows.adapters.clients import client
from workflows.adapters.refusals import Refusals
from workflows.domain.errors import NodeError
from workflows.domain.times import format_time

PAGE_ITEMS = 1_000
"""S3 lists no more at once."""

_WRITER = "workflow-node"
"""In the metadata of an object: which node of which execution wrote it, to know one's own write by."""

_MISSING = ("not_found", "is not there")
_FORBIDDEN = ("forbidden", "is denied by S3")
_REFUSALS = Refusals(
    "storage",
    {
        "404": _MISSING,
        "NoSuchKey": _MISSING,
        "NoSuchBucket": ("not_found", "is in a bucket that is not there"),
        "403": _FORBIDDEN,
        "AccessDenied": _FORBIDDEN,
        "AllAccessDisabled": _FORBIDDEN,
    },
    frozenset({"SlowDown", "RequestTimeout", "ConditionalRequestConflict", "OperationAborted"}),
)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as it is stored.

    Attributes:
        encodings: How its bytes are encoded, in order (RFC 9110, `Content-Encoding`).
    """

    body: bytes
    encodings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserBucket:
    """A bucket by its name. Each call raises NodeError, retryable where another try may succeed."""

    name: str

    def read(self, key: str, max_bytes: int) -> StoredObject:
        """An object of at most `max_bytes`."""
        with _told(self.name, key):
            answer = client("s3").get_object(Bucket=self.name, Key=key)
            with answer["Body"] as body:
                # Its length comes first, so that a large one is not fetched; but what comes is what counts.
                size = answer["ContentLength"]
                data = b"" if size > max_bytes else body.read(max_bytes + 1)
        if max(size, len(data)) > max_bytes:
            raise NodeError("storage_too_large", f"the object {key} has more than {max_bytes:,} bytes")
        given = answer.get("ContentEncoding", "").lower().split(",")
        return StoredObject(data, tuple(name.strip() for name in given if name.strip()))

    def write(self, key: str, body: bytes, content_type: str, *, writer: str, if_absent: bool) -> str:
        """Write an object: its ETag.

        Args:
            writer: Who writes it, in ASCII, the same for every try.
            if_absent: Whether it fails where there is one already, written by anybody else.
        """
        arguments: dict[str, Any] = {"IfNoneMatch": "*"} if if_absent else {}
        with _told(self.name, key):
            try:
                answer = client("s3").put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=body,
                    ContentType=content_type,
                    Metadata={_WRITER: writer},
                    **arguments,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "PreconditionFailed":
                    raise
                answer = client("s3").head_object(Bucket=self.name, Key=key)
                # An earlier try may have written it, and its answer been lost.
                if answer.get("Metadata", {}).get(_WRITER) != writer:
                    raise NodeError("storage_exists", f"there is an object {key} already") from error
        etag: str = answer["ETag"].strip('"')
        return etag

    def list(self, prefix: str, max_items: int) -> tuple[list[dict[str, Any]], bool]:
        """The first `max_items` objects by key that begin with `prefix`, and whether these are all."""
        found: list[dict[str, Any]] = []
        arguments: dict[str, Any] = {"Bucket": self.name, "Prefix": prefix}
        while True:
            with _told(self.name, prefix):
                page = client("s3").list_objects_v2(
                    **arguments, MaxKeys=min(PAGE_ITEMS, max_items - len(found))
                )
            found += [
                {"key": each["Key"], "bytes": each["Size"], "updated_at": format_time(each["LastModified"])}
                for each in page.get("Contents", ())
            ]
            if not page["IsTruncated"] or len(found) >= max_items:
                return found, not page["IsTruncated"]
            arguments["ContinuationToken"] = page["NextContinuationToken"]


def _told(bucket: str, key: str) -> AbstractContextManager[None]:
    return _REFUSALS.told(f"{bucket}/{key}")
