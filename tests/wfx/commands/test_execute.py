"""Executions are started: of what, with which inputs, and once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import Answer, Server, drop, reply_json
from tests.wfx.answers import EXECUTION_ID, WORKFLOW_ID, execution, listed, log, problem
from tests.wfx.conftest import Run

LogIn = Callable[..., Server]


def started(**more: Any) -> Answer:
    return reply_json(
        202, {"execution_id": EXECUTION_ID, "workflow_id": WORKFLOW_ID, "status": "pending", **more}
    )


def named(name: str, workflow_id: str = WORKFLOW_ID) -> dict[str, Any]:
    return {"workflow_id": workflow_id, "name": name}


def test_workflow_is_executed_by_its_id_with_inputs_and_labels(run: Run, logged_in: LogIn) -> None:
    server = logged_in(started())
    ran = run("execute", WORKFLOW_ID, "-i", "name=Ada", "-i", "n=5", "--label", "a", "--label", "b")
    assert (ran.code, ran.out) == (0, f"execution {EXECUTION_ID} pending\n")
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", f"/v1/workflows/{WORKFLOW_ID}/execute")
    assert json.loads(seen.body) == {"inputs": {"name": "Ada", "n": 5}, "labels": ["a", "b"]}


def test_name_that_is_too_long_for_a_file_is_looked_up(run: Run, logged_in: LogIn) -> None:
    name = "漢" * 100
    server = logged_in(listed("workflows", named(name)), started())
    assert run("execute", name).code == 0
    assert server.seen[1].path == f"/v1/workflows/{WORKFLOW_ID}/execute"


def test_inputs_are_read_from_stdin(run: Run, logged_in: LogIn) -> None:
    server = logged_in(started())
    run("execute", WORKFLOW_ID, "--inputs", "-", stdin=b'{"name": "Ada"}')
    assert json.loads(server.seen[0].body)["inputs"] == {"name": "Ada"}


def test_each_execution_has_a_key_by_which_it_is_sent_again(run: Run, logged_in: LogIn) -> None:
    busy = problem(503, "busy", {"Retry-After": "0"})
    server = logged_in(busy, drop, started())
    assert run("execute", WORKFLOW_ID).code == 0
    keys = [seen.headers["Idempotency-Key"] for seen in server.seen]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    run("execute", WORKFLOW_ID)
    assert server.seen[-1].headers["Idempotency-Key"] not in keys


def test_key_may_be_given(run: Run, logged_in: LogIn) -> None:
    server = logged_in(started())
    run("execute", WORKFLOW_ID, "--idempotency-key", "order-5")
    assert server.seen[0].headers["Idempotency-Key"] == "order-5"
    for key in ("", "two words", "ü", "x" * 256, "a\nb"):
        assert run("execute", WORKFLOW_ID, "--idempotency-key", key).code == 2
    assert len(server.seen) == 1


def test_workflow_is_found_by_its_exact_name_on_any_page(run: Run, logged_in: LogIn) -> None:
    server = logged_in(
        listed("workflows", named("Report 2", "other"), cursor="more"),
        listed("workflows", named("Report")),
        started(),
    )
    assert run("execute", "Report").code == 0
    assert [seen.path for seen in server.seen] == [
        "/v1/workflows?name=Report&limit=100",
        "/v1/workflows?name=Report&limit=100&cursor=more",
        f"/v1/workflows/{WORKFLOW_ID}/execute",
    ]


def test_name_that_is_too_long_to_be_looked_for_is_compared_as_a_whole(run: Run, logged_in: LogIn) -> None:
    name = "x" * 70
    server = logged_in(listed("workflows", named("x" * 69, "other"), named(name)), started())
    assert run("execute", name).code == 0
    assert server.seen[0].path == f"/v1/workflows?name={'x' * 64}&limit=100"


def test_name_of_none_or_of_several_is_no_workflow(run: Run, logged_in: LogIn) -> None:
    server = logged_in(
        listed("workflows", named("report")), listed("workflows", named("a", "id-1"), named("a", "id-2"))
    )
    assert (
        run("execute", "Report").err == "error: you have no workflow of the name 'Report' (wfx workflows)\n"
    )
    ran = run("execute", "a")
    assert (ran.code, ran.err.splitlines()[1:]) == (2, ["  id: id-1", "  id: id-2"])
    assert len(server.seen) == 2


def test_file_is_saved_first_and_that_is_told(run: Run, logged_in: LogIn) -> None:
    Path("greeting.json").write_text('{"name": "Greeting"}')
    server = logged_in(reply_json(201, named("Greeting")), started())
    ran = run("execute", "greeting.json", "--json")
    assert (ran.code, ran.err) == (0, f"saved greeting.json as workflow {WORKFLOW_ID}\n")
    assert ran.documents[0]["execution_id"] == EXECUTION_ID
    assert server.seen[0].body == b'{"name": "Greeting"}'


def test_file_that_is_missing_is_no_name(run: Run, logged_in: LogIn) -> None:
    server = logged_in(started())
    ran = run("execute", "missing.json")
    assert (ran.code, ran.err) == (2, "error: missing.json: No such file or directory\n")
    assert server.seen == []


def test_watched_execution_is_shown_before_anything_else_is_asked(run: Run, logged_in: LogIn) -> None:
    server = logged_in(
        started(started_at="2026-02-23T16:30:05.000Z"),
        log(),
        reply_json(200, execution("completed")),
        log(cursor=None),
        reply_json(200, execution("completed")),
    )
    ran = run("execute", WORKFLOW_ID, "--watch")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"execution {EXECUTION_ID} pending",
        f"execution {EXECUTION_ID} completed in 3.2 s",
    ]
    assert server.seen[1].path.startswith(f"/v1/executions/{EXECUTION_ID}/logs")


def test_watched_json_begins_with_the_acceptance(run: Run, logged_in: LogIn) -> None:
    logged_in(started(), reply_json(200, execution("cancelled")))
    ran = run("execute", WORKFLOW_ID, "--watch", "--json")
    assert ran.code == 3
    assert [document["status"] for document in ran.documents] == ["pending", "cancelled", "cancelled"]


def test_inputs_that_the_workflow_does_not_take_are_named(run: Run, logged_in: LogIn) -> None:
    errors = [{"pointer": "/inputs/n", "detail": "5 is not of type 'string'"}]
    logged_in(problem(422, "the inputs are not what the workflow takes", errors=errors))
    ran = run("execute", WORKFLOW_ID, "-i", "n=5")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: 422 No: the inputs are not what the workflow takes\n  /inputs/n: 5 is not of type 'string'\n"
    )


@pytest.mark.parametrize(("arguments", "body"), [((), {}), (("-i", "n=5"), {"inputs": {"n": 5}})])
def test_replay_takes_the_same_inputs_or_others(
    run: Run, logged_in: LogIn, arguments: tuple[str, ...], body: dict[str, Any]
) -> None:
    server = logged_in(started())
    assert run("replay", EXECUTION_ID, *arguments).code == 0
    assert server.seen[0].path == f"/v1/executions/{EXECUTION_ID}/replay"
    assert json.loads(server.seen[0].body) == body


def test_replay_is_not_sent_twice(run: Run, logged_in: LogIn) -> None:
    server = logged_in(problem(503, "busy", {"Retry-After": "0"}), started())
    assert run("replay", EXECUTION_ID).code == 4
    assert len(server.seen) == 1
