"""A response's body that is kept in memory while it is small, and streamed to a bucket once it is not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.object_store import Bucket, Upload
from workflows.adapters.outbound_body import BodyTooLarge
from workflows.domain.errors import Unavailable
from workflows.domain.node_file import NodeFile

_CONTENT_TYPE = re.compile(
    r"[\w.+-]{1,100}/[\w.+-]{1,100}(?: *; *[\w-]{1,50}=\"?[\w.+-]{1,50}\"?){0,3}", re.ASCII
)
_UNKNOWN_TYPE = "application/octet-stream"


class Filter(Protocol):
    """Changes bytes on their way, and may hold some back."""

    def feed(self, data: bytes) -> bytes: ...

    def end(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileRules:
    """What becomes a file.

    Attributes:
        memory_bytes: The largest body that is none.
        file_bytes: The largest file.
        always: Whether small bodies are files, too.
        takes: Whether the body of an answer of that status is wanted at all; others are no files.
        new_filter: Makes what each file goes through.
    """

    memory_bytes: int
    file_bytes: int
    always: bool
    takes: Callable[[int], bool]
    new_filter: Callable[[], Filter] | None = None


@dataclass
class SpooledBody:
    """A body on its way into memory or into an object.

    Use `spooled` to get one: it leaves no object behind unless `finish` was called.
    """

    bucket: Bucket
    key: str
    rules: FileRules
    _memory: bytearray = field(default_factory=bytearray)
    _upload: Upload | None = None
    _filter: Filter | None = None
    _hash: Any = None
    _read: int = 0
    _content_type: str = _UNKNOWN_TYPE
    _may_be_file: bool = False

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.abort()
        self._memory.clear()
        self._read = 0
        given = headers.get("content-type", "")
        self._content_type = given if _CONTENT_TYPE.fullmatch(given) else _UNKNOWN_TYPE
        self._may_be_file = self.rules.takes(status)
        if self.rules.always and self._may_be_file:
            self._open()

    def write(self, data: bytes) -> None:
        self._read += len(data)
        if self._read > self._most_bytes:
            raise BodyTooLarge(self._most_bytes)
        if self._upload is None and self._read > self.rules.memory_bytes:
            self._open()
            self._store(bytes(self._memory))
            self._memory.clear()
        if self._upload is None:
            self._memory += data
        else:
            self._store(data)

    def content(self) -> bytes:
        return bytes(self._memory)

    def finish(self) -> NodeFile | None:
        """Let the file be there; None if the body is in memory.

        Raises:
            Unavailable: The bucket does not take it.
        """
        if self._upload is None:
            return None
        if self._filter is not None:
            self._put(self._filter.end())
        upload, self._upload = self._upload, None
        with _service(upload):
            upload.finish()
        return NodeFile(upload.size, self._content_type, self._hash.hexdigest())

    def abort(self) -> None:
        """Leave nothing of it."""
        if self._upload is not None:
            self._upload.abort()
            self._upload = None

    @property
    def _most_bytes(self) -> int:
        if self.rules.always and self._may_be_file:
            return self.rules.file_bytes
        most_bytes = max(self.rules.memory_bytes, self.rules.file_bytes)
        return most_bytes if self._may_be_file else self.rules.memory_bytes

    def _open(self) -> None:
        self._upload = Upload(self.bucket.name, self.key, {"ContentType": self._content_type})
        self._filter = self.rules.new_filter() if self.rules.new_filter else None
        self._hash = hashlib.sha256()

    def _store(self, data: bytes) -> None:
        self._put(self._filter.feed(data) if self._filter is not None else data)

    def _put(self, data: bytes) -> None:
        assert self._upload is not None
        self._hash.update(data)
        with _service(self._upload):
            self._upload.write(data)


@contextmanager
def spooled(bucket: Bucket, key: str, rules: FileRules) -> Iterator[SpooledBody]:
    """A body that is a file of that key once it is finished, and else leaves nothing."""
    body = SpooledBody(bucket, key, rules)
    try:
        yield body
    finally:
        body.abort()


@contextmanager
def _service(upload: Upload) -> Iterator[None]:
    """Tell the bucket's failures from those of the server that is read: some are of the same classes."""
    try:
        yield
    except SERVICE_FAILURES as error:
        upload.abort()
        raise Unavailable("the bucket for files does not answer") from error
