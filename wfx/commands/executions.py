"""Executions: list them, and show one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from wfx import saved, tables
from wfx.api import segment
from wfx.completion import workflow_names
from wfx.pages import pages
from wfx.questions import of_execution
from wfx.session import ExecutionArgument, JsonOption, LimitOption, ProfileOption, Session
from wfx.tables import Document
from wfx.texts import cell, json_text
from wfx.times import duration, moment
from wfx.views import outcome, question_text


class Status(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_TIME = "ISO 8601 with an offset, or so long ago: 90s, 15m, 2h, 3d."


def list_executions(
    status: Annotated[list[Status] | None, typer.Option(help="Those with this status; repeatable.")] = None,
    workflow: Annotated[
        str | None,
        typer.Option(
            metavar="WORKFLOW", help="Of this workflow, by id or name.", autocompletion=workflow_names
        ),
    ] = None,
    label: Annotated[str | None, typer.Option(metavar="TEXT", help="Those with this label.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help=f"Started then or later: {_TIME}")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Started before then.")] = None,
    limit: LimitOption = 50,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List executions, the newest first."""
    session = Session.open(profile, as_json)
    params = {
        "status": [each.value for each in status or ()] or None,
        "workflow_id": saved.id_of(session.api, workflow) if workflow else None,
        "label": label,
        "started_after": moment(since) if since else None,
        "started_before": moment(until) if until else None,
    }
    found = []
    for page in pages(session.api, "/executions", params, limit):
        session.screen.json(page)
        found += page.document["executions"]
    session.screen.show(tables.executions(found, session.screen.out.width))
    if page.document["total"] > len(found):
        session.screen.note(f"{len(found)} of {page.document['total']}")


def show(execution_id: ExecutionArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Show an execution: status, nodes, inputs, result, error, latest log lines."""
    session = Session.open(profile, as_json)
    answer = session.api.get(f"/executions/{segment(execution_id, 'execution')}")
    execution = answer.document
    session.screen.json(answer)
    session.screen.show(_facts(execution))
    if execution.get("inputs") or execution.get("inputs_url"):
        inputs = execution.get("inputs_url") or json_text(execution["inputs"])
        session.screen.say(Text.assemble("\n", ("inputs ", "bold"), inputs))
    if execution.get("nodes"):
        session.screen.say("")
        session.screen.show(tables.nodes(execution["nodes"].items()))
    for question in of_execution(execution):
        session.screen.say(question_text(question))
    if end := outcome(execution):
        session.screen.say("")
        session.screen.say(end)
    if execution.get("latest_logs"):
        session.screen.say("")
        for line in execution["latest_logs"]:
            session.screen.say(tables.log_line(line))


def _facts(execution: Document) -> Table:
    ended_at = execution.get("completed_at")
    known = {
        "execution": execution["execution_id"],
        "workflow": f"{execution['workflow_id']}, version {execution['version']}",
        "started": execution["started_at"],
        "took": duration(execution["started_at"], ended_at),
        "ended": ended_at,
        "paused": execution.get("paused_at"),
        "attempt": execution["attempt"],
        "started by": execution.get("user_id"),
        "labels": ", ".join(execution.get("labels") or ()),
        "replay of": execution.get("replay_of"),
    }
    rows = [(name, cell(value)) for name, value in known.items() if value]
    return tables.facts([("status", tables.status_text(execution["status"])), *rows])
