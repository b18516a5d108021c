"""Logs: download them as a file."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import typer
from rich.text import Text

from wfx.api import Api, segment
from wfx.errors import Unavailable, UsageFault
from wfx.profiles import secure_url
from wfx.session import ExecutionArgument, JsonOption, ProfileOption, Session
from wfx.tables import Document
from wfx.texts import cell

_FILE_NAME = re.compile(r"\w[\w.-]{0,200}", re.ASCII)
"""Of those that the API gives; nothing else may say where a file goes."""


def download(
    execution_id: ExecutionArgument,
    log_format: Annotated[Literal["text", "json", "jsonl"], typer.Option("--format")] = "text",
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to put it; - is stdout.", show_default=False
        ),
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Download an execution's log as a file; with --json print the link to it instead."""
    if as_json and output:
        raise UsageFault("--json prints the link, and downloads nothing to put into --output")
    session = Session.open(profile, as_json)
    path = f"/executions/{segment(execution_id, 'execution')}/logs/download"
    answer = session.api.get(path, {"format": log_format})
    session.screen.json(answer)
    if as_json:
        return
    url = secure_url(answer.headers.get("Location", ""))
    if output == "-":
        with session.api.download(url) as pieces:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        return
    target = Path(output) if output else Path(_file_name(answer.document))
    size = _into_file(session.api, url, target)
    session.screen.say(Text.assemble("downloaded ", cell(target, "bold"), f", {size:,} bytes"))


def _file_name(document: Document) -> str:
    name = document.get("filename")
    if not isinstance(name, str) or not _FILE_NAME.fullmatch(name):
        raise Unavailable("the API names no file: say where to put it by --output")
    return name


def _into_file(api: Api, url: str, target: Path) -> int:
    """Write what a link leads to into a file; one that breaks off leaves what was there before."""
    try:
        if target.is_char_device() or target.is_fifo():
            # Such as /dev/null: nothing to put a file in place of.
            return _write(api, url, target)
        part = target.parent / f".{uuid4()}.part"
        try:
            size = _write(api, url, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageFault(f"{target} cannot be written: {error.strerror}") from error
    return size


def _write(api: Api, url: str, path: Path) -> int:
    with api.download(url) as pieces, path.open("wb") as file:
        return sum(file.write(piece) for piece in pieces)
