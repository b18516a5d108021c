"""Workflows: save, validate and list them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from wfx import documents, saved, tables
from wfx.completion import workflow_ids
from wfx.errors import ExitCode
from wfx.pages import pages
from wfx.session import JsonOption, LimitOption, ProfileOption, Session
from wfx.texts import cell

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="A definition as JSON; - is stdin.")]


def save(
    file: FileArgument,
    workflow_id: Annotated[
        str | None,
        typer.Option(
            "--id",
            metavar="WORKFLOW_ID",
            help="Save it as the next version of this workflow.",
            autocompletion=workflow_ids,
        ),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save a definition: as a new workflow, or as the next version of one."""
    session = Session.open(profile, as_json)
    answer = saved.save(session.api, file, workflow_id)
    workflow = answer.document
    session.screen.json(answer)
    session.screen.say(
        Text.assemble(
            "saved ",
            cell(workflow["name"], "bold"),
            " as workflow ",
            cell(workflow["workflow_id"], "bold"),
            f", version {workflow['version']}",
        )
    )


def validate(file: FileArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Say all that is wrong with a definition, and save nothing. Exit code 1: it is not valid."""
    session = Session.open(profile, as_json)
    answer = session.api.post("/workflows/validate", documents.read(file), is_repeatable=True)
    session.screen.json(answer)
    if answer.document["valid"]:
        session.screen.say(Text.assemble(("valid", "green")))
        return
    session.screen.show(tables.problems(answer.document["errors"]))
    raise typer.Exit(ExitCode.FAILED)


def list_workflows(
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="Those whose names begin so.")] = None,
    public: Annotated[bool, typer.Option("--public", help="Everybody's public ones.")] = False,
    limit: LimitOption = 50,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List your workflows, the newest first."""
    session = Session.open(profile, as_json)
    found = []
    for page in pages(
        session.api, "/workflows", {"name": name, "visibility": "public" if public else None}, limit
    ):
        session.screen.json(page)
        found += page.document["workflows"]
    session.screen.show(tables.workflows(found, session.screen.out.width))
    if page.document["total"] > len(found):
        session.screen.note(f"{len(found)} of {page.document['total']}")
