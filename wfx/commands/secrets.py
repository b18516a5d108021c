"""Secrets that workflows name: set, list and delete them."""

from __future__ import annotations

from typing import Annotated

import typer

from wfx import tables
from wfx.api import segment
from wfx.secret_input import read_secret
from wfx.session import JsonOption, ProfileOption, Session

app = typer.Typer(
    help="Secrets that your workflows may name: no command prints a value.", no_args_is_help=True
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Its name in workflows: secrets.NAME.")]


@app.command("set")
def set_secret(name: NameArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Set a secret. Its value is asked for, or read from stdin."""
    session = Session.open(profile, as_json)
    answer = session.api.call(
        "PUT", f"/secrets/{segment(name, 'name')}", body={"value": read_secret("Value")}
    )
    session.screen.json(answer)
    session.screen.say(f"{'made' if answer.status == 201 else 'changed'}: secret {name}")


@app.command("list")
def list_secrets(profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """List the names of your secrets."""
    session = Session.open(profile, as_json)
    answer = session.api.get("/secrets")
    session.screen.json(answer)
    session.screen.show(tables.secrets(answer.document["secrets"]))


@app.command("rm")
def delete_secret(name: NameArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Delete a secret."""
    session = Session.open(profile, as_json)
    session.screen.json(session.api.call("DELETE", f"/secrets/{segment(name, 'name')}"))
    session.screen.say(f"deleted: secret {name}")
