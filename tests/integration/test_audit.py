"""Audit lines: who did what to which workflow, execution or user."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.callers import AUDIT_NAMES
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING

SECRETS = {"Authorization": "Bearer wfe_secret", "X-Execution-Secret": "secret-of-an-execution"}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """The audit lines so far, the last one at the end."""

    def read() -> list[dict[str, Any]]:
        records = [record for record in caplog.records if record.getMessage() == "audit"]
        return [{name: getattr(record, name) for name in AUDIT_NAMES} for record in records]

    return read


def test_line_says_who_did_what_to_what(world: World, lines: Any) -> None:
    workflow_id = world.save(GREETING)
    execution_id = world.accept(workflow_id)
    world.call("cancel_execution", path={"execution_id": execution_id})

    made, executed, cancelled = lines()

    assert made == {
        "schema": 1,
        "action": "create_workflow",
        "outcome": "done",
        "status": 201,
        "error_code": None,
        "reason": None,
        "actor": {"user_id": "owner", "role": "user", "address": "203.0.113.7"},
        "target": {"workflow_id": workflow_id},
        "request_id": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    }
    assert executed["target"] == {"workflow_id": workflow_id, "execution_id": execution_id}
    assert (cancelled["action"], cancelled["target"]) == ("cancel_execution", {"execution_id": execution_id})


def test_execution_that_ends_while_its_caller_waits_is_named_too(
    world: World, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is a 200 then, and no 202."""
    path = {"workflow_id": world.save(GREETING)}
    monkeypatch.setattr("workflows.services.executions.Executions.wait", lambda *_: True)
    answer = world.call("execute_workflow", path=path, query={"wait_seconds": "1"}, body={})
    assert answer.status == 200
    assert lines()[-1]["target"] == {**path, "execution_id": answer.json["execution_id"]}


def test_link_of_a_download_is_no_part_of_a_line(world: World, lines: Any) -> None:
    path = {"execution_id": world.accept(world.save(GREETING))}
    world.finish(path["execution_id"])
    answer = world.call("download_logs", path=path)
    assert (answer.status, lines()[-1]["target"]) == (302, path)


@pytest.mark.parametrize(
    ("user", "authorizer", "outcome", "status", "error_code"),
    [
        ("other", {}, "refused", 404, "not_found"),
        (None, {}, "refused", 404, "not_found"),
        (
            "owner",
            {"rate_policy": "x", "rate_limit": "1", "rate_used": "2", "rate_reset_seconds": "3"},
            "refused",
            429,
            "rate_limited",
        ),
        ("owner", {}, "done", 200, None),
    ],
)
def test_line_says_what_came_of_it(
    world: World,
    lines: Any,
    user: str | None,
    authorizer: dict[str, str],
    outcome: str,
    status: int,
    error_code: str | None,
) -> None:
    path = {"workflow_id": world.save(GREETING)}
    world.call("get_workflow", path=path, user=user, authorizer=authorizer)
    last = lines()[-1]
    assert (last["outcome"], last["status"], last["error_code"]) == (outcome, status, error_code)
    assert (last["actor"]["user_id"], last["target"]) == (user, path)


def test_executions_that_are_cancelled_together_have_a_line_each(world: World, lines: Any) -> None:
    workflow_id = world.save(GREETING)
    ids = [world.accept(workflow_id) for _ in range(3)]
    before = len(lines())
    assert world.call("cancel_executions", body={"workflow_id": workflow_id}).json["cancelled"] == 3
    *each, whole = lines()[before:]
    assert [(line["action"], line["target"]["execution_id"]) for line in each] == [
        ("cancel_execution", execution_id) for execution_id in ids
    ]
    assert (whole["action"], whole["outcome"]) == ("cancel_executions", "done")


def test_no_credential_is_in_a_line_or_an_answer(
    world: World, lines: Any, caplog: pytest.LogCaptureFixture
) -> None:
    token = "wfe_n53w4zls_0123456789abcdef_" + "ab" * 32
    answers = [
        world.call("get_execution", path={"execution_id": token}, headers=SECRETS),
        world.call("get_user", path={"user_id": token}, headers=SECRETS),
        world.call("list_executions", query={"access_token": token, token: "x"}, headers=SECRETS),
        world.call("create_workflow", body={token: 1, "name": token}, headers=SECRETS),
        world.call("list_logs", path={"execution_id": token}, query={"cursor": token}, headers=SECRETS),
    ]
    shown = [answer.text + str(answer.headers) for answer in answers] + [str(line) for line in lines()]
    for text in (*shown, *(str(record.__dict__) for record in caplog.records)):
        assert token not in text
        assert "secret-of-an-execution" not in text
        assert "wfe_secret" not in text
