"""How node code logs: lines go to CloudWatch at once, and to the execution's log in chunks."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.dynamodb import back_off
from workflows.adapters.logs import Chunk, LogStore
from workflows.domain.log_entry import Level, LogEntry, LogLimits
from workflows.domain.times import now
from workflows.runtime.masks import Masks

FLUSH_SECONDS = 1.0
FLUSH_BYTES = 256 * 1024

FREE_BYTES = 4 * 1024
"""What a node logs for nothing: counting costs a write, which most nodes never need."""

_CLOSE_SECONDS = 10
"""How long the last lines are tried to be stored; no longer than archives wait for them."""

_MAX_UNSTORED = 8
"""Chunks that are kept while the table does not answer."""


@dataclass
class Loss:
    """Lines that were dropped, which CloudWatch alone may have."""

    lines: int = 0
    bytes: int = 0

    def add(self, message: str) -> None:
        self.lines += 1
        self.bytes += len(message.encode())

    def told(self) -> str:
        return f"{self.lines} lines ({self.bytes} bytes)"


@dataclass
class NodeLog:
    """The log of one node in an execution; with no node, of the execution itself.

    Attributes:
        on_flush: Called when lines have been stored while the node is at work.
        masks: What no line shows.
        iteration: The iteration of a loop that its lines are of, if they are; in their fields.
    """

    store: LogStore
    limits: LogLimits
    execution_id: str
    node_id: str | None = None
    on_flush: Callable[[], None] = lambda: None
    masks: Masks = field(default_factory=Masks)
    iteration: str = ""
    _entries: list[LogEntry] = field(default_factory=list)
    _bytes: int = 0
    _unstored: list[Chunk] = field(default_factory=list)
    _flushed_at: float = field(default_factory=time.monotonic)
    _written: int = 0
    _uncounted: int = 0
    _execution_bytes: int = 0
    _over_limit: Loss = field(default_factory=Loss)
    _unstorable: Loss = field(default_factory=Loss)
    _last_at: str = ""

    def debug(self, message: str, /, **fields: Any) -> None:
        self.write("DEBUG", message, **fields)

    def info(self, message: str, /, **fields: Any) -> None:
        self.write("INFO", message, **fields)

    def warning(self, message: str, /, **fields: Any) -> None:
        self.write("WARNING", message, **fields)

    def error(self, message: str, /, **fields: Any) -> None:
        self.write("ERROR", message, **fields)

    def write(self, level: Level, message: str, /, **fields: Any) -> None:
        """Log a line; what was written for a second, or has grown large, is stored, and `on_flush` called.

        Args:
            message: Any text. It is masked, and cut where it is longer than a line may be.
            fields: Values that belong to it; what JSON does not know is written as text.
        """
        if self.iteration:
            fields = {"iteration": self.iteration, **fields}
        self._add(level, self._clean(message), self._clean_fields(fields))
        if self._bytes >= FLUSH_BYTES or time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self.flush()
            self.on_flush()

    def tick(self) -> None:
        """Store lines that have waited for a second; to be called while a node waits for others."""
        if time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self.flush()

    def close(self) -> None:
        """Store what is left, and say what was dropped."""
        limit = f"log limit of {self.limits.execution_bytes} bytes reached"
        for loss, reason in ((self._over_limit, limit), (self._unstorable, "log table not reached for long")):
            if loss.lines:
                self._keep(self._entry("WARNING", f"{reason}: {loss.told()} of this node were dropped", {}))
        self._over_limit, self._unstorable = Loss(), Loss()
        self.flush()
        attempt, deadline = 0, time.monotonic() + _CLOSE_SECONDS
        while self._unstored and time.monotonic() < deadline:
            # There is no next flush: a table that is throttled for some seconds must not cost the last lines.
            back_off(attempt := attempt + 1)
            self.flush()

    def flush(self) -> None:
        """Store the lines written since the last flush, if any.

        Where the table does not answer they are kept for the next flush: a node must not fail for its log,
        and CloudWatch has had the lines.
        """
        self._flushed_at = time.monotonic()
        if self._entries:
            self._unstored.append(Chunk(self._entries))
            self._entries, self._bytes = [], 0
        try:
            while self._unstored:
                self.store.append(self.execution_id, self._unstored[0])
                del self._unstored[0]
        except SERVICE_FAILURES as error:
            _print({"level": "WARNING", "message": "log not stored", "reason": type(error).__name__})
            for lost in self._unstored[:-_MAX_UNSTORED]:
                for entry in lost.entries:
                    self._unstorable.add(entry.message)
            del self._unstored[:-_MAX_UNSTORED]
        self._count()

    def _add(self, level: Level, message: str, fields: dict[str, Any]) -> None:
        entry = self._entry(level, message, fields)
        if self._is_kept(level):
            was_free = self._written <= FREE_BYTES
            self._keep(entry)
            if was_free:
                self._count()  # Others may have used up what there is.
        else:
            self._over_limit.add(message)

    def _keep(self, entry: LogEntry) -> None:
        size = _print({**entry.to_json(), "execution_id": self.execution_id})
        self._entries.append(entry)
        self._bytes += size
        self._written += size
        self._uncounted += size

    def _is_kept(self, level: Level) -> bool:
        share = 2 if level == "ERROR" else 1
        return self._execution_bytes < share * self.limits.execution_bytes

    def _entry(self, level: Level, message: str, fields: dict[str, Any]) -> LogEntry:
        # A clock that is set back must not change the order of lines.
        self._last_at = max(self._last_at, now())
        return LogEntry(self._last_at, level, self.node_id, message, fields)

    def _clean(self, text: str) -> str:
        """Masked, storable as UTF-8, and no longer than a line may be."""
        limit = self.limits.line_bytes
        data = self.masks.apply(text).encode(errors="backslashreplace")
        if len(data) <= limit:
            return data.decode()
        return data[:limit].decode(errors="ignore") + f"… (cut at {limit} bytes)"

    def _clean_fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        if not fields:
            return {}
        try:
            text = json.dumps(fields, default=str, ensure_ascii=False, skipkeys=True)
            # What JSON has no numbers for is text.
            kept = self.masks.apply_to(json.loads(text.encode(errors="replace"), parse_constant=str))
            size = len(json.dumps(kept, ensure_ascii=False).encode())
        except Exception as error:
            # Whatever a value is or does as it is written, no node fails for its log.
            return {"cut": f"fields that are no JSON ({type(error).__name__})"}
        return kept if size <= self.limits.line_bytes else {"cut": f"fields of {size} bytes"}

    def _count(self) -> None:
        if self._written <= FREE_BYTES or not self._uncounted:
            return
        with suppress(*SERVICE_FAILURES):  # They are counted the next time.
            self._execution_bytes = self.store.count_bytes(self.execution_id, self._uncounted)
            self._uncounted = 0


def _print(line: dict[str, Any]) -> int:
    """Write a line to CloudWatch; returns its bytes."""
    text = json.dumps(line)
    sys.stdout.write(text + "\n")
    return len(text)
