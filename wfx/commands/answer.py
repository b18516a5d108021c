"""Approvals: answer them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer
from rich.text import Text

from wfx import documents
from wfx.api import segment
from wfx.session import ExecutionArgument, JsonOption, ProfileOption, Session
from wfx.tables import status_text
from wfx.texts import cell


def answer(
    execution_id: ExecutionArgument,
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node that asks.")],
    decision: Annotated[Literal["approved", "rejected"], typer.Argument(help="The answer.")],
    data: Annotated[
        str | None, typer.Option(metavar="JSON", help="Data beside it, as the node's form wants.")
    ] = None,
    path: Annotated[
        str | None, typer.Option(metavar="PATH", help="In loops: of which iteration, each[3]/.")
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a node that waits for an approval."""
    session = Session.open(profile, as_json)
    body: dict[str, Any] = {"decision": decision}
    if data is not None:
        body["data"] = documents.parsed(data, "--data")
    if path is not None:
        body["path"] = path
    where = f"/executions/{segment(execution_id, 'execution')}/nodes/{segment(node, 'node')}/complete"
    # The same answer again changes nothing.
    given = session.api.post(where, body, is_repeatable=True)
    session.screen.json(given)
    session.screen.say(
        Text.assemble(
            "node ",
            cell(given.document["node_id"], "bold"),
            " ",
            status_text(given.document["status"]),
            ": ",
            cell(given.document["decision"]),
        )
    )
