"""Follows an execution to its end: its nodes by reading it again and again, its log by waiting for lines."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from wfx.api import Answer, Api, segment
from wfx.errors import ExitCode, Refused
from wfx.log_reader import LogReader
from wfx.questions import Question, of_loops
from wfx.tables import Document

ENDS = {
    "completed": ExitCode.DONE,
    "failed": ExitCode.FAILED,
    "cancelled": ExitCode.CANCELLED,
}
"""The exit code of each status that an execution ends with."""

_ROUND_SECONDS = 0.5
"""A log that never pauses must not use up the rate of reading."""
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 5.0
_LOOPS_SECONDS = 5.0
_LAST_LINES_SECONDS = 1.0
"""A node's last lines come after its record, and so after the end that they led to."""


class View(Protocol):
    """Shows what happens.

    Attributes:
        takes_lines: Whether it shows lines of the log, and questions.
    """

    takes_lines: bool

    def show(self, answer: Answer) -> None:
        """The execution, as it is now; it is not what it was before."""

    def log(self, lines: Sequence[Document]) -> None:
        """Lines that have come."""

    def ask(self, questions: Sequence[Question]) -> None:
        """All that iterations of loops ask now."""


@dataclass(slots=True)
class Watch:
    """One execution, followed.

    Attributes:
        view: Told of each change.
        execution: As it was read last.
    """

    api: Api
    execution_id: str
    view: View
    execution: Document = field(default_factory=dict)
    _etag: str | None = None
    _looked_at_loops: float = field(default_factory=time.monotonic)
    _log: LogReader = field(init=False)
    _has_log: bool = field(init=False)

    def __post_init__(self) -> None:
        self._log = LogReader(self.api, self.execution_id)
        self._has_log = self.view.takes_lines

    def to_end(self, started: Answer | None = None) -> ExitCode:
        """Show all until the execution ends; returns what that end means to a script.

        Args:
            started: What the API said when it accepted the execution: there is something to show at once.
        """
        if started is None:
            self._read()
        else:
            self._take(started)
        wait_seconds = _FIRST_WAIT_SECONDS
        while self.execution["status"] not in ENDS:
            began = time.monotonic()
            has_news = self._round(wait_seconds)
            wait_seconds = _FIRST_WAIT_SECONDS if has_news else min(wait_seconds + 0.5, _LONGEST_WAIT_SECONDS)
            time.sleep(max(0.0, _ROUND_SECONDS - (time.monotonic() - began)))
        end = ENDS[self.execution["status"]]
        while self._lines(_LAST_LINES_SECONDS):
            pass
        # Nodes that were under way at the end may have settled since.
        self._read()
        return end

    def _round(self, wait_seconds: float) -> bool:
        has_lines = self._lines(wait_seconds)
        has_changed = self._read(0 if self._has_log else wait_seconds)
        if self.view.takes_lines and time.monotonic() - self._looked_at_loops > _LOOPS_SECONDS:
            self.view.ask(of_loops(self.api, self.execution))
            self._looked_at_loops = time.monotonic()
        return has_lines or has_changed

    def _lines(self, wait_seconds: float) -> bool:
        if not self._has_log:
            return False
        try:
            lines = self._log.next(wait_seconds)
        except Refused as error:
            if error.status != 403:
                raise
            # Of a public workflow everybody sees the status, and not everybody the log.
            self._has_log = False
            return False
        if lines:
            self.view.log(lines)
        self._has_log = not self._log.is_over
        return bool(lines)

    def _read(self, wait_seconds: float = 0) -> bool:
        """Read the execution if it has changed, and show it; returns whether it has."""
        path = f"/executions/{segment(self.execution_id, 'execution')}"
        headers = {"If-None-Match": self._etag} if self._etag else {}
        answer = self.api.get(path, {"wait_seconds": wait_seconds or None}, headers=headers)
        has_changed = answer.status != 304
        if has_changed:
            self._etag = answer.headers.get("ETag")
            self._take(answer)
        return has_changed

    def _take(self, answer: Answer) -> None:
        self.execution = answer.document
        self.view.show(answer)
