"""Executions: start them."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer
from rich.text import Text

from wfx import documents, saved
from wfx.api import Answer, segment
from wfx.commands.watch import watch_to_end
from wfx.completion import workflow_names
from wfx.errors import UsageFault
from wfx.session import ExecutionArgument, JsonOption, ProfileOption, Session
from wfx.tables import status_text
from wfx.texts import cell

InputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        metavar="NAME=VALUE",
        help="An input: JSON, or else text; repeatable.",
        show_default=False,
    ),
]
InputsOption = Annotated[
    str | None, typer.Option("--inputs", metavar="FILE", help="A JSON object of inputs; - is stdin.")
]
WatchOption = Annotated[bool, typer.Option("--watch", "-w", help="Follow it to its end, as wfx watch does.")]


def execute(
    workflow: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW",
            help="Its id, the name of one of yours, or a definition's file, which is saved first.",
            autocompletion=workflow_names,
        ),
    ],
    input_pairs: InputOption = None,
    inputs_file: InputsOption = None,
    labels: Annotated[
        list[str] | None, typer.Option("--label", metavar="TEXT", help="To find it by; up to 5.")
    ] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The same key within 24 hours gives the same execution."),
    ] = None,
    watch: WatchOption = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Execute a workflow."""
    session = Session.open(profile, as_json)
    body = {"inputs": documents.inputs(inputs_file, input_pairs or ()), "labels": labels or []}
    # With a key of its own, too, a request whose answer was lost can be sent again.
    key = str(uuid4()) if idempotency_key is None else _key(idempotency_key)
    workflow_id = saved.workflow_id_of(session, workflow)
    path = f"/workflows/{segment(workflow_id, 'workflow')}/execute"
    _started(
        session, session.api.post(path, body, headers={"Idempotency-Key": key}, is_repeatable=True), watch
    )


def replay(
    execution_id: ExecutionArgument,
    input_pairs: InputOption = None,
    inputs_file: InputsOption = None,
    watch: WatchOption = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Execute the same version again, with the same inputs or with others."""
    session = Session.open(profile, as_json)
    has_inputs = bool(input_pairs or inputs_file)
    body = {"inputs": documents.inputs(inputs_file, input_pairs or ())} if has_inputs else {}
    _started(
        session, session.api.post(f"/executions/{segment(execution_id, 'execution')}/replay", body), watch
    )


def _started(session: Session, answer: Answer, watch: bool) -> None:
    execution_id = answer.document["execution_id"]
    if watch:
        watch_to_end(session, execution_id, answer)
    session.screen.json(answer)
    status = status_text(answer.document["status"])
    session.screen.say(Text.assemble("execution ", cell(execution_id, "bold"), " ", status))


def _key(text: str) -> str:
    if not (0 < len(text) <= 255 and text.isascii() and text.isprintable() and " " not in text):
        raise UsageFault("an idempotency key is 1 to 255 characters of printable ASCII, without spaces")
    return text
