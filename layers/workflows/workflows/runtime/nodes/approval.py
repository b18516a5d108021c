"""`approval`: asks, and waits for the answer; when its time is over, the default is the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workflows.domain.approval import MAX_APPROVERS, Request, answer
from workflows.domain.errors import NodeError
from workflows.domain.node_record import NodeRecord
from workflows.domain.times import format_time, now
from workflows.runtime.node import NodeContext, Outcome, WaitingNode


def _ask(context: NodeContext) -> Outcome:
    message = context.field("message")
    if not isinstance(message, str):
        raise NodeError("approval_invalid", "message: must be a text")
    request = Request(message, _approvers(context), context.node.config.get("form"))
    seconds = context.node.config["expires_in_seconds"]
    expires_at = None if seconds is None else format_time(datetime.now(UTC) + timedelta(seconds=seconds))
    who = ", ".join(request.approvers) or "whoever may see the execution"
    context.log.info(f"waits for an answer of {who}{f' until {expires_at}' if expires_at else ''}")
    return Outcome(output=request.to_json(), waits=True, expires_at=expires_at)


def _approvers(context: NodeContext) -> tuple[str, ...]:
    approvers = context.field("approvers")
    if approvers is None:
        return ()
    listed = [approvers] if isinstance(approvers, str) else approvers
    is_list = isinstance(listed, list) and 1 <= len(listed) <= MAX_APPROVERS
    if not is_list or not all(isinstance(user_id, str) and user_id for user_id in listed):
        raise NodeError("approval_invalid", f"approvers: must be 1 to {MAX_APPROVERS} user ids")
    return tuple(listed)


def _expire(context: NodeContext, record: NodeRecord) -> Outcome | None:
    if record.expires_at is None or record.expires_at > now():
        return None
    decision = context.node.config["default"]
    if decision is None:
        raise NodeError("approval_expired", f"nobody answered until {record.expires_at}")
    context.log.warning(f"nobody answered in time: {decision} by default")
    return Outcome(output=answer(decision, None, now(), None), branch=decision)


APPROVAL = WaitingNode(_ask, _expire)
