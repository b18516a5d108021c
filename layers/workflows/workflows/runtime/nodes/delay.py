"""`delay`: a time at which the execution goes on; Step Functions does the waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workflows.domain.errors import NodeError
from workflows.domain.times import format_time, parse_time
from workflows.domain.workflow import MAX_DELAY_SECONDS
from workflows.runtime.node import NodeContext, Outcome


def delay(context: NodeContext) -> Outcome:
    """Waits `seconds`, or `until` a time (one that has passed is no wait)."""
    wakes_at = _until(context) if "until" in context.node.config else _after(context)
    context.log.info(f"waits until {wakes_at}")
    return Outcome(passes_input=True, wakes_at=wakes_at)


def _after(context: NodeContext) -> str:
    seconds = context.field("seconds")
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= MAX_DELAY_SECONDS
    ):
        raise NodeError("delay_invalid", f"seconds: must be a number from 0 to {MAX_DELAY_SECONDS}")
    return format_time(datetime.now(UTC) + timedelta(seconds=seconds))


def _until(context: NodeContext) -> str:
    until = context.field("until")
    try:
        moment = parse_time(until)
    except (TypeError, ValueError) as error:
        raise NodeError("delay_invalid", "until: must be an ISO 8601 time with an offset") from error
    present = datetime.now(UTC)
    if moment > present + timedelta(seconds=MAX_DELAY_SECONDS):
        raise NodeError("delay_invalid", "until: must be within a year")
    return format_time(max(moment, present))
