"""Archives of logs: a record in the logs table, and objects in the logs bucket."""

from __future__ import annotations

import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.adapters.dynamodb import ConditionFailed, Table
from workflows.adapters.object_store import Bucket
from workflows.domain.log_archive import LOG_FORMATS, Archive, ArchiveBlock, archive_key
from workflows.domain.log_chunk import Known, Line, stream_key
from workflows.domain.times import to_milliseconds


@dataclass(frozen=True, slots=True)
class ArchiveStore:
    table: Table
    bucket: Bucket

    def get(self, execution_id: str) -> Archive | None:
        """The execution's archive; None: there is none, or its files may be gone."""
        item = self.table.get(_key(execution_id), consistent=True)
        return _archive(execution_id, item) if item and item["expires_at"] > time.time() else None

    def replace(self, old: Archive | None, new: Archive) -> bool:
        """Let an archive, whose objects are there, take the place of the one before; False if another has."""
        item = {**_key(new.execution_id), **_described(new)}
        try:
            if old is None:
                # Or of one whose files are gone.
                self.table.put(
                    item, "attribute_not_exists(#record) OR #expires_at <= :now", now=int(time.time())
                )
            else:
                self.table.put(item, "#version = :old", old=old.version)
        except ConditionFailed as error:
            # Our own write, whose answer was lost and which the SDK made once more.
            return error.item is not None and error.item["version"] == new.version
        return True

    def delete(self, archive: Archive) -> None:
        """Delete an archive, unless another has taken its place."""
        self.delete_files(archive.execution_id, archive.version)
        self.table.delete(_key(archive.execution_id), "#version = :version", version=archive.version)

    def delete_files(self, execution_id: str, version: str) -> None:
        """Delete an archive's objects alone."""
        self.bucket.delete([archive_key(execution_id, version, name) for name in LOG_FORMATS])

    def delete_all_files(self, execution_id: str) -> None:
        """Delete all files of an execution's log: of archives, those never finished too, and exports."""
        for folder in ("archives", "exports"):
            self.bucket.delete_all(f"{folder}/{execution_id}/")

    def fetch(self, archive: Archive, blocks: Sequence[ArchiveBlock]) -> Callable[[], list[Line]]:
        """Read blocks, those side by side at once; what is returned unpacks their lines, in no order.

        Raises:
            NoSuchObject: The archive's file is gone, although it should be there.
        """
        key = archive.key("jsonl")
        fetched = []
        for run in _runs(blocks):
            start, end = run[0].offset, run[-1].offset + run[-1].length
            data = self.bucket.get_range(key, start, end - start)
            fetched += [(data[b.offset - start : b.offset - start + b.length], b.number) for b in run]
        return lambda: [line for data, number in fetched for line in _unpack(data, number)]


@dataclass
class BlockPacker:
    """Compresses a file of lines into one gzip stream that can be entered at each of its blocks.

    One stream, since some browsers stop after the first of several.

    Attributes:
        blocks: Those that are packed, in order.
    """

    level: int = 6
    blocks: list[ArchiveBlock] = field(default_factory=list)
    _offset: int = 0
    _number: int = 0

    def __post_init__(self) -> None:
        self._gzip: Any = zlib.compressobj(level=self.level, wbits=16 + zlib.MAX_WBITS)

    def text(self, text: str) -> bytes:
        """The bytes of what belongs to no block."""
        data: bytes = self._gzip.compress(text.encode())
        self._offset += len(data)
        return data

    def block(self, text: str, lines: Sequence[Line]) -> bytes:
        """The bytes of lines that are written as `text`."""
        before = self._flushed()
        offset = self._offset
        data = self.text(text) + self._flushed()
        counts = dict(Counter(line[3] for line in lines))
        span = lines[0][0], lines[-1][0]
        self.blocks.append(ArchiveBlock(offset, len(data), self._number, len(text), *span, counts))
        self._number += len(lines)
        return before + data

    def end(self) -> bytes:
        """The bytes that end the stream."""
        data: bytes = self._gzip.flush()
        return data

    def _flushed(self) -> bytes:
        """What was not given yet; from there on the stream can be read without what came before."""
        data: bytes = self._gzip.flush(zlib.Z_FULL_FLUSH)
        self._offset += len(data)
        return data


def _unpack(data: bytes, number: int) -> list[Line]:
    text = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data)
    entries = [json.loads(line) for line in text.split(b"\n") if line]
    return [
        (
            to_milliseconds(entry["timestamp"]),
            "",  # The order of an archive is that of its lines.
            number + index,
            entry["level"],
            entry["node_id"],
            entry["message"],
            entry.get("fields"),
        )
        for index, entry in enumerate(entries)
    ]


def _runs(blocks: Sequence[ArchiveBlock]) -> list[list[ArchiveBlock]]:
    runs: list[list[ArchiveBlock]] = []
    for block in sorted(blocks, key=lambda block: block.offset):
        if runs and runs[-1][-1].offset + runs[-1][-1].length == block.offset:
            runs[-1].append(block)
        else:
            runs.append([block])
    return runs


def _key(execution_id: str) -> dict[str, str]:
    return {"stream": stream_key(execution_id, 0), "record": "archive"}


def _described(archive: Archive) -> dict[str, Any]:
    index = [
        [block.offset, block.length, block.number, block.size, block.first_at, block.last_at, block.counts]
        for block in archive.blocks
    ]
    item: dict[str, Any] = {
        "version": archive.version,
        "made_at": archive.made_at,
        "ended_at": archive.ended_at,
        "known_until": archive.known.until,
        "known_others": list(archive.known.others),
        "chunks_until": archive.chunks_until,
        "expires_at": archive.expires_at,
        "blocks": zlib.compress(json.dumps(index, separators=(",", ":")).encode()),
    }
    return {name: value for name, value in item.items() if value not in (None, [])}


def _archive(execution_id: str, item: dict[str, Any]) -> Archive:
    return Archive(
        execution_id=execution_id,
        version=item["version"],
        made_at=item["made_at"],
        ended_at=item.get("ended_at"),
        known=Known(item["known_until"], tuple(item.get("known_others", ()))),
        chunks_until=item["chunks_until"],
        expires_at=item["expires_at"],
        blocks=tuple(ArchiveBlock(*block) for block in json.loads(zlib.decompress(item["blocks"]))),
    )
