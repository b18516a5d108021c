"""Runs segments with `storage` nodes: objects of S3, in the locations open to the workflow's owner."""

from typing import Any

from workflows.adapters.environment import listed, required
from workflows.adapters.user_buckets import StoredObject, UserBucket
from workflows.domain.allow_lists import allows_object, allows_prefix, key_fault
from workflows.domain.errors import NodeError
from workflows.domain.file_formats import MEDIA_TYPES, TooManyBytes, read, unzip, write, zip_up
from workflows.domain.workflow import JsonValue
from workflows.runtime.handler import node_handler
from workflows.runtime.node import NodeContext, Outcome
from workflows.runtime.values import require, text_fault, whole_number_fault

_INVALID = "storage_config_invalid"
_MAX_ITEMS = 10_000
_ZIPPED = ".gz"
_GZIP_MEDIA_TYPE = "application/gzip"
_PLAIN = frozenset({"identity", "aws-chunked"})
"""Encodings that leave the bytes as they are; the second stays in what some clients store."""


def storage(context: NodeContext) -> Outcome:
    """Do the operation that the config names.

    Raises:
        NodeError: The location is not open to the owner, S3 refused, or the content is not what is expected.
    """
    return Outcome(output=_OPERATIONS[context.node.config["operation"]](context))


def _read(context: NodeContext) -> JsonValue:
    bucket, key = _object(context)
    stored = UserBucket(bucket).read(key, _max_bytes())
    context.log.info(f"read {len(stored.body)} bytes of {bucket}/{key}")
    config = context.node.config
    try:
        return read(_unzipped(stored, key), config["format"], config["delimiter"], _max_bytes())
    except TooManyBytes as error:
        raise NodeError("storage_too_large", f"the object {key} {error}") from error
    except ValueError as error:
        raise NodeError("storage_content_invalid", f"the object {key} {error}") from error


def _unzipped(stored: StoredObject, key: str) -> bytes:
    """An object's bytes as they were; one whose key says gzip, too, is zipped once all the same."""
    encodings = [name for name in stored.encodings if name not in _PLAIN]
    if encodings not in ([], ["gzip"]):
        raise ValueError(f"is encoded as {', '.join(encodings)[:100]}, of which gzip alone is read")
    is_zipped = bool(encodings) or key.endswith(_ZIPPED)
    return unzip(stored.body, _max_bytes()) if is_zipped else stored.body


def _write(context: NodeContext) -> JsonValue:
    bucket, key = _object(context)
    config = context.node.config
    try:
        body = write(context.field("content"), config["format"], config["delimiter"], _max_bytes())
    except TooManyBytes as error:
        raise NodeError("storage_too_large", f"content: {error}") from error
    except ValueError as error:
        raise NodeError("storage_content_invalid", f"content: {error}") from error
    media_type = MEDIA_TYPES[config["format"]]
    if key.endswith(_ZIPPED):
        body, media_type = zip_up(body), _GZIP_MEDIA_TYPE
    etag = UserBucket(bucket).write(
        key, body, media_type, writer=context.idempotency_key, if_absent=config["if_absent"]
    )
    context.log.info(f"wrote {len(body)} bytes to {bucket}/{key}")
    return {"bucket": bucket, "key": key, "bytes": len(body), "etag": etag}


def _list(context: NodeContext) -> JsonValue:
    bucket = require(context.field("bucket"), "bucket", text_fault, _INVALID)
    prefix = require(context.field("prefix"), "prefix", _prefix_fault, _INVALID)
    count = require(context.field("max_items"), "max_items", whole_number_fault(1, _MAX_ITEMS), _INVALID)
    if not allows_prefix(_locations(), _owner(context), bucket, prefix, own=listed("OWN_BUCKETS")):
        raise _forbidden(bucket, f"{prefix}*")
    objects, is_complete = UserBucket(bucket).list(prefix, count)
    context.log.info(f"found {len(objects)} objects in {bucket}/{prefix}")
    return {"objects": objects, "is_complete": is_complete}


def _object(context: NodeContext) -> tuple[str, str]:
    """The bucket and key that the config names, if they are open to the owner."""
    bucket = require(context.field("bucket"), "bucket", text_fault, _INVALID)
    key = require(context.field("key"), "key", lambda value: text_fault(value) or key_fault(value), _INVALID)
    if not allows_object(_locations(), _owner(context), bucket, key, own=listed("OWN_BUCKETS")):
        raise _forbidden(bucket, key)
    return bucket, key


def _prefix_fault(value: Any) -> str | None:
    return None if value == "" else text_fault(value) or key_fault(value)


def _forbidden(bucket: str, key: str) -> NodeError:
    return NodeError(
        "storage_forbidden", f"{bucket}/{key} is in none of the locations open to the workflow's owner"
    )


def _owner(context: NodeContext) -> str:
    return context.environment.snapshot.execution.owner_id


def _locations() -> tuple[str, ...]:
    return listed("STORAGE_LOCATIONS")


def _max_bytes() -> int:
    return int(required("STORAGE_MAX_BYTES"))


_OPERATIONS = {"read": _read, "write": _write, "list": _list}

lambda_handler = node_handler({"storage": storage})
