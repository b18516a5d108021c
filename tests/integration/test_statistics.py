"""Statistics and totals: what they say, of whose executions, and to whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import time_machine

from tests.functions import invoke
from tests.integration.conftest import World, flow
from tests.integration.test_lists import listed
from tests.integration.test_main_job import GREETING
from workflows.domain.tally import bucket_end, bucket_name
from workflows.services.statistics import Statistics

FAILING = flow(
    {"id": "start", "type": "start"},
    {"id": "split", "type": "transform", "config": {"value": "{{ $error('no') }}"}},
    edges=[("start", "split")],
)


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 25, 5, 59, 50, tzinfo=UTC), tick=False) as moment:
        yield moment


def statistics(world: World, user: str | None = "owner", role: str = "user", **query: Any) -> Any:
    world.count()
    answer = world.call("get_execution_statistics", query={"period": "hour", **query}, user=user, role=role)
    assert answer.status == 200, answer.text
    return answer.json


def test_hours_hold_what_started_and_what_ended_in_them(world: World, moment: time_machine.Traveller) -> None:
    workflow_id = world.save(GREETING)
    completed, cancelled, pending = (world.accept(workflow_id) for _ in range(3))
    assert pending
    moment.shift(20)  # Into the next hour.
    world.finish(completed)
    world.call("cancel_execution", path={"execution_id": cancelled})

    found = statistics(world, workflow_id=workflow_id)

    *before, last, this = found["periods"]
    assert (last["start"], this["start"]) == ("2026-11-25T05:00:00.000Z", "2026-11-25T06:00:00.000Z")
    assert (last["started"], last["completed"], last["success_rate"]) == (3, 0, None)
    assert (this["started"], this["completed"], this["cancelled"]) == (0, 1, 1)
    assert (found["started"], found["completed"], found["failed"], found["cancelled"]) == (3, 1, 0, 1)
    assert found["success_rate"] == 1.0
    assert found["duration"]["mean"] == 20.0
    assert found["duration"]["p50"] == pytest.approx(20, rel=0.1)
    assert len(before) == 22
    assert not any(each["started"] for each in before)


def test_days_and_times_are_as_asked_for(world: World, moment: time_machine.Traveller) -> None:
    workflow_id = world.save(GREETING)
    world.accept(workflow_id)
    moment.shift(86_400)
    world.accept(workflow_id)
    days = statistics(world, period="day")["periods"]
    assert [each["started"] for each in days] == [0] * 28 + [1, 1]
    times = {"started_after": "2026-11-25T23:30:00+01:00", "started_before": "2026-11-26T00:00:00Z"}
    [hour, last] = statistics(world, **times)["periods"]
    assert (hour["start"], last["start"]) == ("2026-11-25T22:00:00.000Z", "2026-11-25T23:00:00.000Z")


@pytest.mark.parametrize(
    "before", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.9999Z"]
)
def test_times_at_the_ends_of_the_calendar_hold_nothing(world: World, before: str) -> None:
    found = statistics(world, started_before=before)
    assert (found["started"], len(found["periods"])) == (0, 24)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"period": "week"}, "period"),
        ({"started_after": "2020-01-01T00:00:00Z"}, "started_after"),
        ({"started_after": "0001-01-01T00:00:00Z"}, "started_after"),
        ({"started_after": "9999-12-31T23:59:59.9999Z"}, "started_after"),
        (
            {"started_before": "2026-01-01T00:00:00Z", "started_after": "2026-02-01T00:00:00Z"},
            "started_after",
        ),
        ({"status": "failed"}, "status"),
    ],
)
def test_what_cannot_be_answered_is_refused(world: World, query: Any, parameter: str) -> None:
    answer = world.call("get_execution_statistics", query=query)
    assert answer.status == 400, answer.text
    assert answer.json["errors"][0]["pointer"] == parameter


def test_nobody_counts_what_they_may_not_see(world: World) -> None:
    """Of a workflow that was public and is not any more, others see what was public."""
    public = {**GREETING, "visibility": "public"}
    workflow_id = world.save(public)
    shown = world.accept(workflow_id)
    path = {"workflow_id": workflow_id}
    assert world.call("update_workflow", path=path, body={**GREETING, "visibility": "private"}).status == 200
    hidden = world.accept(workflow_id)
    assert world.call("update_workflow", path=path, body=public).status == 200
    own = world.accept(workflow_id, user="other")

    for user, role, expected in (
        ("other", "user", [own, shown]),
        (None, "user", [own, shown]),
        ("owner", "user", [own, hidden, shown]),
        ("boss", "admin", [own, hidden, shown]),
    ):
        newest = sorted(expected, reverse=True)
        assert listed(world, user, role, workflow_id=workflow_id) == (newest, len(expected))
        page, total = listed(world, user, role, workflow_id=workflow_id, limit="1")
        assert (len(page), total) == (1, len(expected))
        assert statistics(world, user, role, workflow_id=workflow_id)["started"] == len(expected)
    assert statistics(world, "other")["started"] == 1
    assert statistics(world, "boss", "admin")["started"] == 3
    assert statistics(world, "boss", "admin", user_id="other")["started"] == 1


def test_private_workflow_is_to_others_as_one_that_is_not_there(world: World) -> None:
    private = world.save(GREETING)
    world.accept(private)
    missing = "01890a5d-ac96-774b-bcce-b302099a8057"
    for function in ("list_executions", "get_execution_statistics"):
        for user in ("other", None):
            answers = [
                world.call(function, query={"workflow_id": workflow_id}, user=user)
                for workflow_id in (private, missing)
            ]
            texts = {json.dumps(answer.json).replace(private, missing) for answer in answers}
            assert (len(texts), answers[0].status) == (1, answers[1].status)
        assert world.call(function, query={"user_id": "owner"}, user="other").status == 403
        assert world.call(function, query={"user_id": "nobody"}, user="other").status == 403
        assert world.call(function, user=None).status == 401


def test_labels_of_others_are_no_filter(world: World) -> None:
    """They are not shown of public executions, and so cannot be asked for."""
    workflow_id = world.save({**GREETING, "visibility": "public"})

    def accept(user: str) -> str:
        body = {"inputs": {}, "labels": ["nightly", "nightly"]}
        answer = world.call("execute_workflow", path={"workflow_id": workflow_id}, body=body, user=user)
        assert answer.status == 202, answer.text
        execution_id: str = answer.json["execution_id"]
        return execution_id

    first, second = accept("owner"), accept("other")
    both = sorted((first, second), reverse=True)
    assert listed(world, label="nightly") == ([first], 1)
    assert listed(world, label="nightly", workflow_id=workflow_id) == (both, 2)
    assert listed(world, "other", label="nightly", workflow_id=workflow_id) == ([second], 1)
    assert listed(world, "boss", "admin", label="nightly") == (both, 2)
    assert listed(world, label="other") == ([], 0)
    anonymous = world.call("list_executions", query={"label": "x", "workflow_id": workflow_id}, user=None)
    assert anonymous.status == 401


def test_deleted_execution_is_in_no_list_and_no_statistics(world: World) -> None:
    workflow_id = world.save(GREETING)
    body = {"inputs": {}, "labels": ["nightly"]}
    answer = world.call("execute_workflow", path={"workflow_id": workflow_id}, body=body)
    execution_id = answer.json["execution_id"]
    world.finish(execution_id)
    assert listed(world, label="nightly", status="completed") == ([execution_id], 1)
    assert statistics(world)["completed"] == 1
    assert world.call("delete_execution", path={"execution_id": execution_id}).status == 204
    assert listed(world, label="nightly") == ([], 0)
    assert listed(world, label="nightly", limit="1", offset="1") == ([], 0)
    assert statistics(world)["started"] == 0


def test_metrics_tell_of_each_start_and_end_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    workflow_id = world.save(GREETING)
    completed, cancelled = world.accept(workflow_id), world.accept(workflow_id)
    world.finish(completed)
    world.call("cancel_execution", path={"execution_id": cancelled})
    records = world.stream.records()
    capsys.readouterr()
    for _ in range(2):
        invoke("lifecycle/count_executions", {"Records": records})

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    [metrics] = lines
    assert metrics["ExecutionsStarted"] == [1, 1]
    assert (metrics["ExecutionsCompleted"], metrics["ExecutionsCancelled"]) == ([1], [1])
    assert metrics["ExecutionErrors"] == [0]
    assert len(metrics["ExecutionDuration"]) == 2


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_are_within_a_tenth(seed: int) -> None:
    random = Random(seed)
    times = sorted(int(random.lognormvariate(8, 2)) + 1 for _ in range(500))
    durations: dict[str, int] = {}
    for each in times:
        durations[bucket_name(each)] = durations.get(bucket_name(each), 0) + 1
    found = Statistics(500, 500, 0, 0, sum(times), durations)
    for share in (0.5, 0.95):
        exact = times[int(share * 500) - 1] / 1000
        assert found.percentile_seconds(share) == pytest.approx(exact, rel=0.1)
    assert found.mean_seconds == pytest.approx(sum(times) / 500_000)


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 999, 60_000, 31_536_000_000])
def test_bucket_holds_its_durations(milliseconds: int) -> None:
    name = bucket_name(milliseconds)
    end = bucket_end(name)
    assert end / 2**0.25 - 1e-6 < max(1, milliseconds) <= end + 1e-6


def test_ids_that_look_like_keys_of_other_lists_are_ids(world: World) -> None:
    """No caller comes by a user's list of a label by what they call a workflow."""
    workflow_id = world.save(GREETING, user="bob")
    body = {"inputs": {}, "labels": ["nightly"]}
    path = {"workflow_id": workflow_id}
    assert world.call("execute_workflow", path=path, body=body, user="bob").status == 202
    for forged in (f"nightly#bob#{workflow_id}", f"nightly%23bob%23{workflow_id}", f"nightly#{workflow_id}"):
        assert listed(world, "label", workflow_id=forged) == ([], 0)
        assert statistics(world, "label", workflow_id=forged)["started"] == 0
