"""The archive of an execution's log: files of all lines in order, and where in them which lines are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workflows.domain.log_chunk import Known
from workflows.domain.log_entry import Level

LogFormat = Literal["text", "json", "jsonl"]
LOG_FORMATS: tuple[LogFormat, ...] = ("text", "json", "jsonl")

LAST_LINES_SECONDS = 30
"""How long after its end (or the end of its last node's lease) lines of an execution may still come."""

LONGEST_NODE_SECONDS = 3_600
"""After which no node of an execution that has ended is at work: four times the longest a function runs."""


@dataclass(frozen=True, slots=True)
class ArchiveBlock:
    """Lines that follow one another in the archive's JSON lines.

    Attributes:
        offset, length: Of its compressed bytes in the object.
        number: Of its first line in the archive.
        size: Bytes before compression.
        first_at, last_at: Unix milliseconds.
    """

    offset: int
    length: int
    number: int
    size: int
    first_at: int
    last_at: int
    counts: Mapping[Level, int]


@dataclass(frozen=True, slots=True)
class Archive:
    """One making of an archive; if it is made again, that is another version.

    Attributes:
        made_at: ISO 8601 UTC.
        ended_at: The end of the execution that it covers; None: it has not ended since.
        known: The chunks that are in it.
        chunks_until: When the first of these may be gone, in Unix seconds.
        expires_at: Until when its files are there for certain, in Unix seconds.
    """

    execution_id: str
    version: str
    made_at: str
    ended_at: str | None
    known: Known
    chunks_until: int
    expires_at: int
    blocks: tuple[ArchiveBlock, ...]

    def key(self, log_format: LogFormat) -> str:
        """Of the object that holds it in a format."""
        return archive_key(self.execution_id, self.version, log_format)

    def covers(self, completed_at: str | None) -> bool:
        """Whether it holds all lines of an execution that ended at that time."""
        return completed_at is not None and self.ended_at == completed_at


def archive_key(execution_id: str, version: str, log_format: LogFormat) -> str:
    """Key of the object that holds a version of an archive in a format."""
    return f"archives/{execution_id}/{version}.{log_format}.gz"
