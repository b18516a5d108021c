"""Log lines, as node code writes them and callers read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LEVELS: tuple[Level, ...] = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an execution's log.

    Attributes:
        timestamp: ISO 8601 UTC, in milliseconds.
        node_id: The node that wrote it; None for a line of the execution itself.
        message: Text; may hold any character (formatting makes it one line).
        fields: JSON values that belong to the message, by name.
    """

    timestamp: str
    level: Level
    node_id: str | None
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "timestamp": self.timestamp,
            "level": self.level,
            "node_id": self.node_id,
            "message": self.message,
        }
        return {**entry, "fields": dict(self.fields)} if self.fields else entry


@dataclass(frozen=True, slots=True)
class LogLimits:
    """How much may be logged.

    Attributes:
        line_bytes: Longer lines are cut.
        execution_bytes: What comes beyond is dropped, but for ERROR lines, which may take as much again.
    """

    line_bytes: int
    execution_bytes: int
