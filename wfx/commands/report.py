"""Executions: open the report of one."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from wfx.api import segment
from wfx.profiles import secure_url
from wfx.session import ExecutionArgument, JsonOption, ProfileOption, Session


def open_report(
    execution_id: ExecutionArgument,
    prints: Annotated[bool, typer.Option("--print", help="Print the link, and open nothing.")] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open an execution's report in the browser; its link is good for some minutes."""
    session = Session.open(profile, as_json)
    answer = session.api.get(f"/executions/{segment(execution_id, 'execution')}/report")
    session.screen.json(answer)
    url = secure_url(answer.headers.get("Location", ""))
    if as_json:
        return
    # A browser may be missing, or be one that shows nothing here.
    if prints or not webbrowser.open(url):
        session.screen.say(url)
