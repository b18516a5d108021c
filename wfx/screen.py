"""What is printed: results on stdout, messages on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from wfx.errors import WfxError
from wfx.texts import cell, json_line

if TYPE_CHECKING:
    from wfx.api import Answer

_UNBOUNDED = 10_000
"""Columns where nobody looks: what reads a pipe wants whole lines."""


class Screen:
    """Attributes:
    as_json: Whether stdout is for JSON alone.
    is_live: Whether what was printed can be drawn anew.
    notes: Where messages go.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)
        self.notes = self.err
        self.is_live = sys.stdout.isatty() and not self.out.is_dumb_terminal

    def show(self, renderable: RenderableType) -> None:
        """Print a result for people: nothing where stdout is for JSON."""
        if not self.as_json:
            self.out.print(renderable, soft_wrap=isinstance(renderable, Text))

    def say(self, text: str | Text) -> None:
        """Tell a result in a line."""
        self.show(cell(text) if isinstance(text, str) else text)

    def note(self, text: str, style: str = "dim") -> None:
        """Tell what is no result, on stderr."""
        self.notes.print(cell(text, style), soft_wrap=True)

    def error(self, error: WfxError) -> None:
        line = Text.assemble(("error: ", "bold red"), cell(error))
        self.err.print(line, soft_wrap=True)
        for pointer, detail in error.problems:
            self.err.print(
                Text.assemble("  ", cell(pointer or "/", "bold"), ": ", cell(detail)), soft_wrap=True
            )

    def json(self, answer: Answer) -> None:
        """Print an answer as the API gave it, in one line; nothing where stdout is for people."""
        if self.as_json and answer.text:
            self.json_line(answer.text)

    def json_line(self, text: str) -> None:
        sys.stdout.write(json_line(text) + "\n")
        sys.stdout.flush()


def _console(file: TextIO) -> Console:
    width = None if file.isatty() else _UNBOUNDED
    return Console(file=file, width=width, markup=False, emoji=False, highlight=False)
