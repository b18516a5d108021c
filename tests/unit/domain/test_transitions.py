"""The life of an execution: what may follow what, and what time does to it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tests.unit.domain.test_execution import EXECUTION
from workflows.domain import transitions
from workflows.domain.execution import STATUSES
from workflows.domain.execution_error import ExecutionError
from workflows.domain.transitions import LEGAL, Transition, sources_of

AT = "2026-01-01T01:00:00.000Z"
RUNNING = replace(EXECUTION, status="running", begun_at="2026-01-01T00:00:00.000Z")


def test_nothing_follows_an_end_but_a_retry_of_a_failure() -> None:
    assert LEGAL.keys() == set(STATUSES)
    assert not LEGAL["completed"] | LEGAL["cancelled"]
    assert LEGAL["failed"] == {"pending"}
    assert sources_of("cancelled") == ("pending", "running", "paused")


@pytest.mark.parametrize(("source", "target"), list(product(STATUSES, STATUSES)))
def test_a_transition_that_is_not_legal_cannot_be_made(source: str, target: str) -> None:
    if target in LEGAL[source]:  # type: ignore[index]
        Transition(target, (source,))  # type: ignore[arg-type]
    else:
        with pytest.raises(ValueError, match="never goes"):
            Transition(target, (source,))  # type: ignore[arg-type]


def test_the_deadline_counts_from_the_first_node_on() -> None:
    pending = replace(RUNNING, status="pending", due_at="2026-01-01T01:00:50.000Z")
    changes = transitions.begun(replace(pending, timeout_seconds=600), AT).changes
    assert changes["deadline"] == "2026-01-01T01:10:00.000Z"
    assert "due_at" not in changes
    soon = transitions.begun(replace(pending, timeout_seconds=10), AT).changes
    assert soon["due_at"] == soon["deadline"] == "2026-01-01T01:00:10.000Z"
    assert "deadline" not in transitions.begun(pending, AT).changes


def test_a_pause_stops_the_clock_and_a_retry_winds_it_up() -> None:
    running = replace(RUNNING, timeout_seconds=600, deadline="2026-01-01T01:02:00.000Z")
    paused = transitions.paused(running, AT).changes
    assert (paused["remaining_seconds"], paused["deadline"]) == (120, None)

    resting = replace(running, status="paused", remaining_seconds=120)
    resumed = transitions.resumed(resting, AT)
    assert "remaining_seconds" not in resumed.changes
    assert resumed.changes["attempt"] == resting.attempt + 1
    begun = transitions.begun(replace(resting, status="pending"), AT)
    assert begun.changes["deadline"] == "2026-01-01T01:02:00.000Z"

    assert transitions.retried(replace(resting, status="failed"), AT).changes["remaining_seconds"] is None


def test_a_running_execution_is_checked_after_as_long_as_it_ran_within_bounds() -> None:
    def check(minutes: int) -> str:
        begun_at = transitions.later(AT, -60 * minutes)
        return transitions.next_check(replace(RUNNING, begun_at=begun_at), AT)[11:16]

    assert [check(minutes) for minutes in (0, 1, 10, 600)] == ["01:01", "01:01", "01:10", "01:15"]
    assert transitions.next_check(replace(RUNNING, deadline=AT), AT) == AT


def test_what_has_ended_by_itself_is_not_due_and_what_was_stopped_is() -> None:
    error = ExecutionError("code", "message")
    assert transitions.completed(1, None, AT).changes["due_at"] is None
    assert transitions.failed(1, error, AT).changes["due_at"] is None
    stops = (
        transitions.cancelled(RUNNING, AT),
        transitions.timed_out(1, AT),
        transitions.paused(RUNNING, AT),
    )
    assert all(stopped.changes["due_at"] > AT for stopped in stops)


def test_a_cancel_is_cleaned_up_after_in_an_attempt_of_its_own_if_anything_has_begun() -> None:
    begun = replace(RUNNING, clean_up_arn="arn")
    changes = transitions.cancelled(begun, AT).changes
    assert (changes["attempt"], changes["cleans_up"], changes["due_at"]) == (begun.attempt + 1, True, AT)
    assert "attempt" not in transitions.cancelled(replace(begun, begun_at=None), AT).changes
    assert "attempt" not in transitions.cancelled(RUNNING, AT).changes
