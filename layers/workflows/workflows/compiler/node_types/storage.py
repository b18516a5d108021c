"""`storage`: reads, writes or lists objects of S3."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.fields import (
    Check,
    Field,
    a_boolean,
    anything,
    integer,
    one_of,
    or_expression,
    text,
)
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.compiler.node_types.operations import operation_rules
from workflows.domain.allow_lists import BUCKET_NAME, MAX_KEY_BYTES, key_fault
from workflows.domain.errors import Problem
from workflows.domain.file_formats import DELIMITER, FORMATS
from workflows.domain.workflow import JsonValue

_SECONDS = 40.0
_MAX_ITEMS = 10_000

_some_text = text()


def _key_fault(value: JsonValue) -> str | None:
    return _some_text(value) or key_fault(value)


def _prefix_fault(value: JsonValue) -> str | None:
    return None if value == "" else _key_fault(value)


_key = Check(_key_fault, {**_some_text.schema, "maxLength": MAX_KEY_BYTES})
_prefix = Check(_prefix_fault, {"type": "string", "maxLength": MAX_KEY_BYTES})

_by_operation = operation_rules(
    {
        "read": (("key",), ("format", "delimiter")),
        "write": (("key", "content"), ("format", "delimiter", "if_absent")),
        "list": ((), ("prefix", "max_items")),
    },
    common=("operation", "bucket"),
)


def _rules(config: Config) -> Iterator[Problem]:
    yield from _by_operation(config)
    if config.get("delimiter") is not None and config.get("format") != "csv":
        yield Problem("/delimiter", "delimiter is for the format csv alone")


STORAGE = NodeType(
    "storage",
    "Reads, writes or lists objects of S3.",
    "the content, `{bucket, key, bytes, etag}`, or `{objects: [{key, bytes, updated_at}], is_complete}`",
    {
        "operation": Field(one_of("read", "write", "list"), "What to do.", required=True),
        "bucket": Field(
            or_expression(text(3, 63, BUCKET_NAME)), "A bucket that is open to the owner.", required=True
        ),
        "key": Field(or_expression(_key), "Of read and write: the object."),
        "prefix": Field(or_expression(_prefix), "Of list: what keys begin with.", default=""),
        "format": Field(one_of(*FORMATS), "What the object is, as the guide has it.", default="text"),
        "delimiter": Field(text(1, 1, DELIMITER), "Of csv: what is between cells.", default=","),
        "content": Field(anything, "Of write: what to write."),
        "if_absent": Field(a_boolean, "Of write: fails if there is such an object.", default=False),
        "max_items": Field(
            or_expression(integer(1, _MAX_ITEMS)), "Of list: how many keys at most.", default=1_000
        ),
    },
    function="storage",
    bound_seconds=lambda _: _SECONDS,
    rules=_rules,
)
