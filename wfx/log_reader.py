"""Reads an execution's log, each line once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wfx.api import Answer, Api, segment
from wfx.tables import Document

WAIT_SECONDS = 20
"""How long the API is asked to wait for lines; it waits 25 s at most."""


@dataclass(slots=True)
class LogReader:
    """Attributes:
    filters: Query parameters that say which lines.
    is_over: Whether there will be no more.
    """

    api: Api
    execution_id: str
    filters: Mapping[str, Any] = field(default_factory=dict)
    is_over: bool = False
    _cursor: str | None = None

    def next(self, wait_seconds: float = 0) -> Sequence[Document]:
        """The next lines; none if there are none so far, also after waiting for them."""
        if self.is_over:
            return ()
        page = self._page(wait_seconds).document
        self._cursor = page["next_cursor"]
        self.is_over = self._cursor is None
        lines: list[Document] = page["logs"]
        return lines

    def all(self) -> Iterator[Sequence[Document]]:
        """The lines that there are, in pages."""
        while lines := self.next():
            yield lines

    def follow(self) -> Iterator[Sequence[Document]]:
        """The lines that there are and those that come, until there will be no more."""
        while not self.is_over:
            yield self.next(WAIT_SECONDS)

    def _page(self, wait_seconds: float) -> Answer:
        params = {**self.filters, "cursor": self._cursor, "wait_seconds": wait_seconds or None}
        return self.api.get(f"/executions/{segment(self.execution_id, 'execution')}/logs", params)
