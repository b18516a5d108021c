"""Logs: read or follow them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wfx.log_reader import LogReader
from wfx.session import ExecutionArgument, JsonOption, ProfileOption, Session
from wfx.tables import log_line
from wfx.texts import compact


class Level(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def logs(
    execution_id: ExecutionArgument,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until there will be no more lines.")
    ] = False,
    level: Annotated[
        list[Level] | None, typer.Option(case_sensitive=False, help="Lines of this level; repeatable.")
    ] = None,
    node: Annotated[str | None, typer.Option(metavar="NODE", help="Lines of this node.")] = None,
    text: Annotated[
        str | None,
        typer.Option("--text", "-q", metavar="TEXT", help="Lines with this in the message or the fields."),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print an execution's log; with --json a line of JSON for each."""
    session = Session.open(profile, as_json)
    filters = {"level": [each.value for each in level or ()] or None, "node_id": node, "q": text}
    reader = LogReader(session.api, execution_id, filters)
    for lines in reader.follow() if follow else reader.all():
        for line in lines:
            if as_json:
                session.screen.json_line(compact(line))
            else:
                session.screen.say(log_line(line))
