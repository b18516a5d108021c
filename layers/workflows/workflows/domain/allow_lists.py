"""Which objects, tables and functions the workflows of an owner may use, by the lists of the deployment.

An entry may hold `{owner}`, which stands for the id of the workflow's owner. An owner whose id cannot stand
there matches nothing by that entry. What belongs to the stack itself is never allowed, whatever is listed.

A location is a bucket, a slash, and what keys begin with:

| entry | opens |
| --- | --- |
| `bucket/` | every key |
| `bucket/data/` | every key that begins with `data/` |
| `bucket/data/a` | the key `data/a`, and those that begin with `data/a/`; not `data/ab` |
| `bucket/data/a*` | every key that begins with `data/a` |

A `*` stands at the end alone, and not in one part with `{owner}`: the ids of owners may begin with each
other's.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

OWNER = "{owner}"

BUCKET_NAME = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; no ARN is one."""

TABLE_NAME = r"[A-Za-z0-9_.-]{3,255}"
"""Of a DynamoDB table, whose API would take an ARN, too."""

FUNCTION_NAME = r"[A-Za-z0-9_-]{1,64}(?::(?:\$LATEST|[A-Za-z0-9_-]{1,128}))?"
"""Of a Lambda function, with an alias or version; no ARN, nor part of one, is one."""

MAX_KEY_BYTES = 1_024
"""S3 takes no longer ones."""


@dataclass(frozen=True, slots=True)
class _Location:
    """What an entry opens to an owner.

    Attributes:
        start: What keys begin with.
        is_whole: Whether a part of the key ends where `start` does.
    """

    bucket: str
    start: str
    is_whole: bool

    def has(self, key: str) -> bool:
        return self.has_all(key) or (self.is_whole and key == self.start)

    def has_all(self, prefix: str) -> bool:
        """Whether it has every key that begins with `prefix`."""
        inside = self.start
        if self.is_whole and self.start and not self.start.endswith("/"):
            inside += "/"
        return prefix.startswith(inside)


def allows_object(
    locations: Collection[str], owner_id: str, bucket: str, key: str, *, own: Collection[str]
) -> bool:
    """Whether an owner's workflows may use an object.

    Args:
        locations: The deployment's list.
        own: The stack's buckets.
    """
    return key_fault(key) is None and any(
        found.has(key) for found in _locations(locations, owner_id, bucket, own)
    )


def allows_prefix(
    locations: Collection[str], owner_id: str, bucket: str, prefix: str, *, own: Collection[str]
) -> bool:
    """Whether an owner's workflows may list all objects whose keys begin with `prefix`."""
    return (not prefix or key_fault(prefix) is None) and any(
        found.has_all(prefix) for found in _locations(locations, owner_id, bucket, own)
    )


def allows_table(tables: Collection[str], owner_id: str, table: str, *, own: Collection[str]) -> bool:
    """Whether an owner's workflows may use a table, whose name is on the list as it is."""
    if table in own or not re.fullmatch(TABLE_NAME, table):
        return False
    # One that is nothing but the owner would open whatever table bears such a name.
    return table in {entry.replace(OWNER, owner_id) for entry in tables if entry != OWNER}


def allows_function(prefix: str, name: str, *, own: Collection[str]) -> bool:
    """Whether workflows may invoke a function.

    Args:
        prefix: What the names of such functions begin with; empty if there are none.
        name: Its name, with an alias or not.
        own: What the names of the stack's own functions begin with.
    """
    if not prefix or not re.fullmatch(FUNCTION_NAME, name):
        return False
    return name.startswith(prefix) and not any(name.startswith(each) for each in own)


def key_fault(key: str) -> str | None:
    """What is wrong with a key or with the beginning of one; None if nothing is.

    To S3, `..` is a name as any other. To whoever is between, it may not be.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        return "must not hold half a surrogate pair"
    if not 1 <= size <= MAX_KEY_BYTES:
        return f"must have 1 to {MAX_KEY_BYTES:,} bytes"
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in key):
        return "must not hold control characters"
    *parts, last = key.split("/")
    if "" in parts or {".", ".."} & {*parts, last}:
        return "must not have a part between slashes that is empty, '.' or '..'"
    return None


def _locations(entries: Collection[str], owner_id: str, bucket: str, own: Collection[str]) -> list[_Location]:
    if bucket in own or not re.fullmatch(BUCKET_NAME, bucket):
        return []
    found = (_location(entry, owner_id) for entry in entries)
    return [location for location in found if location is not None and location.bucket == bucket]


def _location(entry: str, owner_id: str) -> _Location | None:
    """What an entry opens; None if nothing, as one that is not written as above, or not for this owner."""
    bucket, slash, start = entry.partition("/")
    is_whole = not start.endswith("*")
    start = start.removesuffix("*")
    if not slash or bucket == OWNER or "*" in start or (not is_whole and OWNER in start.rpartition("/")[2]):
        return None
    if OWNER in start and not _is_part(owner_id):
        return None
    return _Location(bucket.replace(OWNER, owner_id), start.replace(OWNER, owner_id), is_whole)


def _is_part(owner_id: str) -> bool:
    """Whether an id is a part of a key: one with a slash would lie inside another owner's part."""
    return bool(owner_id) and owner_id not in (".", "..") and "/" not in owner_id and owner_id.isprintable()
