"""Workflows: saved, and found by what people call them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from wfx import documents
from wfx.api import Answer, Api, segment
from wfx.errors import UsageFault
from wfx.session import Session
from wfx.tables import Document

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PREFIX_CHARACTERS = 64
"""The API looks for no longer beginnings of names."""
_PAGE = 100


def save(api: Api, path: str, workflow_id: str | None = None) -> Answer:
    """Save a file's definition, as the next version of a workflow or as a new one."""
    definition = documents.read(path)
    if workflow_id is None:
        return api.post("/workflows", definition)
    path = f"/workflows/{segment(workflow_id, 'workflow')}"
    # Each time that it comes it makes a version.
    return api.call("PUT", path, body=definition, is_repeatable=False)


def workflow_id_of(session: Session, workflow: str) -> str:
    """The id of a workflow that is called by its id, by the name of an own one, or by a file, which is saved.

    Raises:
        UsageFault: Nothing, or more than one thing, is called so.
    """
    if workflow.endswith(".json") or _is_file(workflow):
        saved = save(session.api, workflow).document
        session.screen.note(f"saved {workflow} as workflow {saved['workflow_id']}")
        workflow_id: str = saved["workflow_id"]
        return workflow_id
    return id_of(session.api, workflow)


def id_of(api: Api, workflow: str) -> str:
    """The id of a workflow that is called by its id, or by the name of an own one.

    Raises:
        UsageFault: No own workflow has the name, or several have.
    """
    if _ID.fullmatch(workflow):
        return workflow
    found = [each["workflow_id"] for each in _named(api, workflow)]
    if not found:
        raise UsageFault(f"you have no workflow of the name {workflow!r} (wfx workflows)")
    if len(found) > 1:
        raise UsageFault(
            f"{len(found)} workflows have the name {workflow!r}: say which by its id", _as_problems(found)
        )
    workflow_id: str = found[0]
    return workflow_id


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:
        # A name of a workflow may be longer than one of a file.
        return False


def _named(api: Api, name: str) -> Iterator[Document]:
    params = {"name": name[:_PREFIX_CHARACTERS], "limit": _PAGE, "cursor": None}
    while True:
        page = api.get("/workflows", params).document
        yield from (workflow for workflow in page["workflows"] if workflow["name"] == name)
        if page["next_cursor"] is None:
            return
        params["cursor"] = page["next_cursor"]


def _as_problems(workflow_ids: list[str]) -> list[tuple[str, str]]:
    return [("id", workflow_id) for workflow_id in workflow_ids]
