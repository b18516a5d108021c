"""Cursors of logs: where a reader is, in a log that may still be written.

A reader goes through the log in rounds. The first is all that was there at its first page, in order of time;
each further one is what came since then. So no line is missed or repeated, whenever it arrives.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from workflows.domain.log_chunk import NONE, Known
from workflows.services.cursors import from_cursor, to_cursor
from workflows.services.log_views import Position


@dataclass(frozen=True, slots=True)
class LogCursor:
    """Where a reader is.

    Attributes:
        before: The chunks of the rounds that are over.
        known: These and the chunks of the round; None: the next round is to begin.
        total: Lines there were when this round began.
        excess: How many of these come in the next one.
        position: The last line that was read in this round.
        version: Of the archive that it is a position in; empty: in chunks.
    """

    before: Known = NONE
    known: Known | None = None
    total: int = 0
    excess: int = 0
    position: Position | None = None
    version: str = ""

    @property
    def counted(self) -> int:
        """Lines of all rounds until the end of this one."""
        return self.total - self.excess

    def next_round(self) -> LogCursor:
        """Where what came since begins."""
        return LogCursor(before=self.known or NONE, total=self.total, excess=self.excess)

    def to_text(self, context: str) -> str:
        """As callers get it; `context` says of which log, filter and order it is."""
        content: list[Any] = [
            _known_json(self.before),
            _known_json(self.known) if self.known else None,
            self.total,
            self.excess,
            self.position,
            self.version,
        ]
        return to_cursor(zlib.compress(json.dumps(content).encode()), context)

    @classmethod
    def from_text(cls, text: str, context: str) -> LogCursor:
        """The cursor that `to_text` wrote.

        Raises:
            Malformed: It is not one of ours, or of another log, filter or order.
        """
        content = json.loads(zlib.decompress(from_cursor(text, context)))
        before, known, total, excess, position, version = content
        position = tuple(position) if position else None
        return cls(_known(before), known and _known(known), total, excess, position, version)


def _known_json(known: Known) -> list[Any]:
    return [known.until, known.others]


def _known(content: list[Any]) -> Known:
    return Known(content[0], tuple(content[1]))
