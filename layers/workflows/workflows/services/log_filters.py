"""Which lines of a log are wanted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.domain.log_chunk import Line
from workflows.domain.log_entry import LEVELS, Level


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Lines that are all of this; by default all lines.

    Attributes:
        levels: Of one of these; none: of any.
        node_id: Of this node; None: of any, and of the execution itself.
        text: With this in the message or, as JSON, in the fields.
        since: Of this time or later, in Unix milliseconds.
        before: Of an earlier time.
    """

    levels: tuple[Level, ...] = ()
    node_id: str | None = None
    text: str | None = None
    since: int | None = None
    before: int | None = None

    @property
    def takes_all(self) -> bool:
        return self == ALL_LINES

    def takes_level(self, level: Level) -> bool:
        return not self.levels or level in self.levels

    def meets(self, first_at: int, last_at: int) -> bool:
        """Whether lines between two times may be wanted."""
        return not (
            (self.since is not None and last_at < self.since)
            or (self.before is not None and first_at >= self.before)
        )

    def spans(self, first_at: int, last_at: int) -> bool:
        """Whether all lines between two times are wanted, as far as time goes."""
        return (self.since is None or first_at >= self.since) and (
            self.before is None or last_at < self.before
        )

    def select(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The wanted ones of `lines`."""
        if self.takes_all:
            return lines
        levels = self.levels or LEVELS
        return [
            line
            for line in lines
            if line[3] in levels
            and (self.node_id is None or line[4] == self.node_id)
            and (self.since is None or line[0] >= self.since)
            and (self.before is None or line[0] < self.before)
            and (self.text is None or self._is_in(line))
        ]

    def _is_in(self, line: Line) -> bool:
        text = self.text or ""
        return text in line[5] or (line[6] is not None and text in json.dumps(line[6], ensure_ascii=False))


ALL_LINES = LogFilter()
