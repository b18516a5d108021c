"""What the shell offers when somebody presses Tab."""

from __future__ import annotations

import re

import httpx
import typer

from wfx import profiles
from wfx.api import Api
from wfx.errors import WfxError

_PLAIN = re.compile(r"[\w .,+@=/-]+")
"""What no shell takes for more than text: zsh evaluates what it is offered, bash puts it on the line as it
is."""
_TIMEOUT = httpx.Timeout(2)
"""Nobody waits longer for a word."""
_OFFERED = 50


def execution_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The latest executions, with their status."""
    return _offers(context, "executions", ("execution_id", "status"), incomplete)


def workflow_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The caller's workflows, with their names."""
    return _offers(context, "workflows", ("workflow_id", "name"), incomplete)


def workflow_names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The names of the caller's workflows."""
    return _offers(context, "workflows", ("name", "workflow_id"), incomplete)


def _offers(
    context: typer.Context, noun: str, members: tuple[str, str], incomplete: str
) -> list[tuple[str, str]]:
    """Of each item of a list a word, and what helps to know it; nothing without a login, or an answer."""
    try:
        profile = profiles.current(context.params.get("profile"))
        api = Api(profile, note=lambda _: None, sleep=_no_patience, timeout=_TIMEOUT)
        found = api.get(f"/{noun}", {"limit": _OFFERED}).document[noun]
        offers = [(item[members[0]], item[members[1]]) for item in found]
    except WfxError:
        return []
    return [
        (word, help_ if _PLAIN.fullmatch(help_) else "")
        for word, help_ in offers
        if word.startswith(incomplete) and _PLAIN.fullmatch(word)
    ]


def _no_patience(seconds: float) -> None:
    raise WfxError(f"the shell does not wait {seconds} s")
