"""Executions: watch one to its end."""

from __future__ import annotations

from typing import NoReturn

import typer

from wfx.api import Answer
from wfx.errors import ExitCode
from wfx.live_view import LiveView
from wfx.session import ExecutionArgument, JsonOption, ProfileOption, Session
from wfx.tables import Document
from wfx.views import JsonView, LineView, outcome
from wfx.watching import View, Watch


def watch(
    execution_id: ExecutionArgument, profile: ProfileOption = None, as_json: JsonOption = False
) -> None:
    """Follow an execution to its end: its nodes, its log, and what it asks.

    Exit code 0: it completed; 1: it failed; 3: it was cancelled. Ctrl-C leaves it running.
    """
    watch_to_end(Session.open(profile, as_json), execution_id)


def watch_to_end(session: Session, execution_id: str, started: Answer | None = None) -> NoReturn:
    """Show what happens until the execution ends, and exit with the code of that end.

    Args:
        started: What the API said when it accepted the execution.
    """
    screen = session.screen
    try:
        if screen.as_json:
            end, execution = _watched(session, execution_id, JsonView(screen), started)
        elif screen.is_live:
            with LiveView(screen) as view:
                end, execution = _watched(session, execution_id, view, started)
        else:
            end, execution = _watched(session, execution_id, LineView(screen), started)
    except KeyboardInterrupt as interrupt:
        screen.note(f"the execution goes on: wfx watch {execution_id}, or wfx cancel {execution_id}")
        raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
    if text := outcome(execution):
        screen.say(text)
    raise typer.Exit(end)


def _watched(
    session: Session, execution_id: str, view: View, started: Answer | None
) -> tuple[ExitCode, Document]:
    watched = Watch(session.api, execution_id, view)
    return watched.to_end(started), watched.execution
