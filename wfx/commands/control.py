"""Executions: cancel, pause, resume and retry them."""

from __future__ import annotations

from rich.text import Text

from wfx.api import segment
from wfx.session import ExecutionArgument, JsonOption, ProfileOption, Session
from wfx.tables import status_text
from wfx.texts import cell


def cancel(
    execution_id: ExecutionArgument, profile: ProfileOption = None, as_json: JsonOption = False
) -> None:
    """Cancel an execution: no node starts from here on."""
    _control(Session.open(profile, as_json), execution_id, "cancel", is_repeatable=True)


def pause(
    execution_id: ExecutionArgument, profile: ProfileOption = None, as_json: JsonOption = False
) -> None:
    """Pause an execution: nodes under way finish, none starts."""
    _control(Session.open(profile, as_json), execution_id, "pause", is_repeatable=True)


def resume(
    execution_id: ExecutionArgument, profile: ProfileOption = None, as_json: JsonOption = False
) -> None:
    """Go on with a paused execution."""
    _control(Session.open(profile, as_json), execution_id, "resume")


def retry(
    execution_id: ExecutionArgument, profile: ProfileOption = None, as_json: JsonOption = False
) -> None:
    """Go on with a failed execution, from what failed."""
    _control(Session.open(profile, as_json), execution_id, "retry")


def _control(session: Session, execution_id: str, verb: str, *, is_repeatable: bool = False) -> None:
    path = f"/executions/{segment(execution_id, 'execution')}/{verb}"
    answer = session.api.post(path, is_repeatable=is_repeatable)
    session.screen.json(answer)
    status = status_text(answer.document["status"])
    session.screen.say(Text.assemble("execution ", cell(execution_id, "bold"), " ", status))
