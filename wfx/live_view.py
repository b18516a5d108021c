"""A watched execution on a terminal: its nodes stay in place below the lines of the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from wfx import tables
from wfx.api import Answer
from wfx.questions import Question, of_execution
from wfx.screen import Screen
from wfx.tables import Document, log_line
from wfx.times import duration
from wfx.views import execution_change, question_text
from wfx.watching import ENDS

_FRAMES_PER_SECOND = 8
_OTHER_ROWS = 6
"""Of the terminal's height: what is above and below the nodes."""
_LEAST_ROWS = 5
_RANKS = {"failed": 0, "running": 0, "waiting": 0, "completed": 1, "cancelled": 1, "pending": 2, "skipped": 3}


class LiveView:
    takes_lines = True

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._execution: Document | None = None
        self._of_loops: Sequence[Question] = ()
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            get_renderable=self._frame, console=screen.out, refresh_per_second=_FRAMES_PER_SECOND
        )

    def __enter__(self) -> LiveView:
        self._live.start(refresh=True)
        # Elsewhere they would be written over.
        self._screen.notes = self._screen.out
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self._screen.notes = self._screen.err

    def show(self, answer: Answer) -> None:
        self._execution = answer.document
        self._live.refresh()

    def log(self, lines: Sequence[Document]) -> None:
        # In one piece, so that what is below moves once.
        self._screen.say(Text("\n").join(log_line(line) for line in lines))

    def ask(self, questions: Sequence[Question]) -> None:
        self._of_loops = questions

    def _frame(self) -> RenderableType:
        execution = self._execution
        if execution is None:
            return self._spinner
        now = None if execution["status"] in ENDS else datetime.now(UTC)
        questions = [*of_execution(execution), *self._of_loops] if now else []
        limit = max(_LEAST_ROWS, self._screen.out.height - _OTHER_ROWS - 2 * len(questions))
        rows, hidden = most_telling(execution.get("nodes") or {}, limit)
        parts: list[RenderableType] = [self._headline(execution, now)]
        if rows:
            parts.append(tables.nodes(rows, now))
        if hidden:
            parts.append(Text(f"and {hidden} more nodes", style="dim"))
        return Group(*parts, *map(question_text, questions))

    def _headline(self, execution: Document, now: datetime | None) -> RenderableType:
        text = execution_change(execution)
        if now is None or execution["status"] == "paused":
            return text
        text.append(f" {duration(execution['started_at'], None, now)}", style="dim")
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row(self._spinner, text)
        return line


def most_telling(nodes: Mapping[str, Document], limit: int) -> tuple[list[tuple[str, Document]], int]:
    """At most `limit` nodes, in their order, and how many are left out: those that wait for nothing first."""
    places = {
        node_id: (_RANKS.get(node["status"], 2), -n if _RANKS.get(node["status"]) == 1 else n)
        for n, (node_id, node) in enumerate(nodes.items())
    }
    kept = set(sorted(places, key=lambda node_id: places[node_id])[:limit])
    return [(node_id, node) for node_id, node in nodes.items() if node_id in kept], len(nodes) - len(kept)
