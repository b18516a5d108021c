"""How node code logs: lines go to CloudWatch at once, and to the execution's log in chunks."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.logs import LogStore
from workflows.domain.log_entry import Level, LogEntry
from workflows.domain.times import now

FLUSH_SECONDS = 1.0
FLUSH_BYTES = 256 * 1024


@dataclass
class NodeLog:
    """The log of one node in an execution; with no node, of the execution itself."""

    store: LogStore
    execution_id: str
    node_id: str | None = None
    on_flush: Callable[[], None] = lambda: None
    _entries: list[LogEntry] = field(default_factory=list)
    _bytes: int = 0
    _flushed_at: float = field(default_factory=time.monotonic)

    def info(self, message: str) -> None:
        self.write("INFO", message)

    def warning(self, message: str) -> None:
        self.write("WARNING", message)

    def error(self, message: str) -> None:
        self.write("ERROR", message)

    def write(self, level: Level, message: str) -> None:
        """Log a line; what was written for a second, or has grown large, is stored, and `on_flush` called."""
        entry = LogEntry(now(), level, self.node_id, message)
        line = json.dumps({**entry.to_json(), "execution_id": self.execution_id})
        sys.stdout.write(line + "\n")
        self._entries.append(entry)
        self._bytes += len(line)
        if self._bytes >= FLUSH_BYTES or time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self.flush()
            self.on_flush()

    def flush(self) -> None:
        """Store the lines written since the last flush, if any.

        Where the table does not answer they are kept for the next flush: a node must not fail for its log,
        and CloudWatch has had the lines.
        """
        self._flushed_at = time.monotonic()
        if not self._entries:
            return
        try:
            self.store.append(self.execution_id, self._entries)
        except SERVICE_FAILURES as error:
            sys.stdout.write(json.dumps({"level": "WARNING", "message": f"log not stored: {error}"}) + "\n")
            return
        self._entries = []
        self._bytes = 0
