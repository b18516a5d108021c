"""What the shell offers when somebody presses Tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import typer

from wfx import profiles
from wfx.api import Api
from wfx.errors import WfxError

_TIMEOUT = httpx.Timeout(2)
"""Nobody waits longer for a word."""
_OFFERED = 50


def execution_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The latest executions, with their status."""
    found = _items(context, "executions", {"limit": _OFFERED})
    return [
        (execution["execution_id"], execution["status"])
        for execution in found
        if execution["execution_id"].startswith(incomplete)
    ]


def workflow_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The caller's workflows, with their names."""
    return _workflows(context, lambda workflow: (workflow["workflow_id"], workflow["name"]), incomplete)


def workflow_names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The names of the caller's workflows."""
    return _workflows(context, lambda workflow: (workflow["name"], workflow["workflow_id"]), incomplete)


def _workflows(
    context: typer.Context, offer: Callable[[dict[str, Any]], tuple[str, str]], incomplete: str
) -> list[tuple[str, str]]:
    offers = map(offer, _items(context, "workflows", {"limit": _OFFERED}))
    return [(word, help_) for word, help_ in offers if word.startswith(incomplete) and word.isprintable()]


def _items(context: typer.Context, noun: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """What a list holds; nothing where there is no login, or no answer."""
    try:
        profile = profiles.current(context.params.get("profile"))
        api = Api(profile, note=lambda _: None, sleep=_no_patience, timeout=_TIMEOUT)
        return list(api.get(f"/{noun}", params).document[noun])
    except (WfxError, KeyError, TypeError):
        return []


def _no_patience(seconds: float) -> None:
    raise WfxError(f"the shell does not wait {seconds} s")
