"""Log lines as text, JSON and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from workflows.domain.log_entry import LogEntry

LogFormat = Literal["text", "json", "jsonl"]

_CONTROL = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    for code in [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]
} | {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def text_line(entry: LogEntry) -> str:
    """`[2026-02-23T16:30:05Z] INFO [node-1] - message`, its control characters escaped: always one line."""
    second = entry.timestamp[:19]
    message = entry.message.translate(_CONTROL)
    return f"[{second}Z] {entry.level} [{entry.node_id or 'execution'}] - {message}"


def as_text(_: dict[str, str], entries: Sequence[LogEntry]) -> bytes:
    return "".join(text_line(entry) + "\n" for entry in entries).encode(errors="replace")


def as_json(about: dict[str, str], entries: Sequence[LogEntry]) -> bytes:
    """One document in the shape of `GET logs`."""
    logs = [entry.to_json() for entry in entries]
    return json.dumps({**about, "total_logs": len(logs), "logs": logs}).encode()


def as_jsonl(_: dict[str, str], entries: Sequence[LogEntry]) -> bytes:
    return "".join(json.dumps(entry.to_json()) + "\n" for entry in entries).encode()


@dataclass(frozen=True, slots=True)
class FileType:
    """How a log is written to a file.

    Attributes:
        render: From the execution's and workflow's ids, and the lines, to the file's bytes.
    """

    extension: str
    content_type: str
    render: Callable[[dict[str, str], Sequence[LogEntry]], bytes]


FILE_TYPES: dict[LogFormat, FileType] = {
    "text": FileType("txt", "text/plain; charset=utf-8", as_text),
    "json": FileType("json", "application/json", as_json),
    "jsonl": FileType("jsonl", "application/x-ndjson", as_jsonl),
}
