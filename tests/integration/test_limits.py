"""Rates and quotas, as callers meet them."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from botocore.exceptions import EndpointConnectionError

from tests.integration.conftest import World
from tests.integration.test_api_errors import assert_problem
from tests.integration.test_main_job import GREETING
from workflows.domain.access import Caller
from workflows.domain.endpoints import ENDPOINTS
from workflows.services.quotas import quotas, shares, workflow_limit
from workflows.services.starts import starts

PUBLIC = {**GREETING, "visibility": "public"}


def usage(used: int, limit: int = 60, policy: str = "execute_workflow") -> dict[str, str]:
    return {
        "rate_policy": policy,
        "rate_limit": str(limit),
        "rate_used": str(used),
        "rate_reset_seconds": "17",
    }


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Small quotas."""
    monkeypatch.setenv("MAX_EXECUTIONS_PER_DAY", "3")
    monkeypatch.setenv("MAX_WORKFLOWS_PER_USER", "2")
    monkeypatch.setenv("ANONYMOUS_PERCENT", "50")
    _forget_settings()
    yield
    _forget_settings()


@pytest.mark.parametrize("used", [1, 59, 60])
def test_answer_says_how_much_of_the_rate_is_left(world: World, used: int) -> None:
    path = {"workflow_id": world.save(GREETING)}
    answer = world.call("execute_workflow", path=path, body={}, authorizer=usage(used))
    assert answer.status == 202
    assert answer.headers["RateLimit-Policy"] == '"execute_workflow";q=60;w=60'
    assert answer.headers["RateLimit"] == f'"execute_workflow";r={60 - used};t=17'
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("name", sorted({each.name for each in ENDPOINTS.values()}))
def test_request_beyond_the_rate_is_429_before_any_work(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def no_work(*_: object, **__: object) -> None:
        raise AssertionError("AWS was called")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", no_work)
    answer = world.call(name, authorizer=usage(61, policy=name))
    assert_problem(answer, 429, "rate_limited")
    assert answer.headers["Retry-After"] == "17"
    assert answer.headers["RateLimit"] == f'"{name}";r=0;t=17'


def test_errors_say_how_much_of_the_rate_is_left_too(world: World) -> None:
    answer = world.call("execute_workflow", path={"workflow_id": "unknown"}, body={}, authorizer=usage(7))
    assert (answer.status, answer.headers["RateLimit"]) == (404, '"execute_workflow";r=53;t=17')


def test_executions_of_a_day_are_so_many_and_no_more(world: World, few: None) -> None:
    path = {"workflow_id": world.save(PUBLIC)}
    with time_machine.travel("2026-02-23T23:59:00Z", tick=False) as clock:
        started = [world.call("execute_workflow", path=path, body={}) for _ in range(3)]
        refused = world.call("execute_workflow", path=path, body={})
        assert [answer.status for answer in started] == [202] * 3
        assert_problem(refused, 429, "quota_exceeded")
        assert refused.headers["Retry-After"] == "60"
        replay = world.call("replay_execution", path={"execution_id": started[0].json["execution_id"]})
        assert replay.status == 429
        assert world.call("execute_workflow", path=path, body={}, user="other").status == 202
        clock.shift(60)
        assert world.call("execute_workflow", path=path, body={}).status == 202


def test_anonymous_executions_of_a_day_are_counted_by_address(world: World, few: None) -> None:
    path = {"workflow_id": world.save(PUBLIC)}
    with time_machine.travel("2026-02-23T12:00:00Z", tick=False):
        statuses = [
            world.call("execute_workflow", path=path, body={}, user=None, address=address).status
            for address in ("203.0.113.7", "203.0.113.7", "203.0.113.8")
        ]
    assert statuses == [202, 429, 202]


def test_request_with_a_known_key_or_in_error_takes_nothing_of_the_quota(world: World, few: None) -> None:
    path, key = {"workflow_id": world.save(GREETING)}, {"Idempotency-Key": "order-42"}
    with time_machine.travel("2026-02-23T12:00:00Z", tick=False):
        for _ in range(5):
            assert world.call("execute_workflow", path=path, body={}, headers=key).status == 202
            assert world.call("execute_workflow", path=path, body={"version": 9}).status == 404
        statuses = [world.call("execute_workflow", path=path, body={}).status for _ in range(3)]
    assert statuses == [202, 202, 429]


def test_execution_that_cannot_be_counted_is_accepted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow_id = world.save(GREETING)
    monkeypatch.setattr("workflows.adapters.usage_counters.UsageCounters.take", _down)
    world.accept(workflow_id)


def test_workflows_of_a_user_are_so_many_and_no_more(world: World, few: None) -> None:
    first, _ = world.save(GREETING), world.save(PUBLIC)
    refused = world.call("create_workflow", body=GREETING)
    assert_problem(refused, 403, "limit_reached")
    assert world.call("list_workflows").json["total"] == 2
    world.save(GREETING, user="other")
    assert world.call("update_workflow", path={"workflow_id": first}, body=PUBLIC).status == 200
    assert world.call("delete_workflow", path={"workflow_id": first}).status == 204
    world.save(GREETING)


def test_workflows_saved_at_the_same_time_do_not_exceed_the_quota(
    world: World, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each sees room for one more before either is saved."""
    world.save(GREETING)
    with monkeypatch.context() as patch:
        patch.setattr("workflows.adapters.workflows.WorkflowStore.count_all", lambda *_: 1)
        statuses = [world.call("create_workflow", body=GREETING).status for _ in range(2)]
    assert statuses == [201, 403]
    assert world.call("list_workflows").json["total"] == 2


def test_tiers_have_their_shares_of_a_quota(few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [workflow_limit(Caller("user", "ada", tier)) for tier in ("standard", "premium")]
    assert limits == [2, 20]


def _forget_settings() -> None:
    for setting in (quotas, shares, starts):
        setting.cache_clear()


def _down(*_: object) -> None:
    raise EndpointConnectionError(endpoint_url="https://dynamodb")
