"""Workflows, saved, validated and listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loopback import Answer, Server, drop, reply_json
from tests.wfx.answers import WORKFLOW_ID, listed, problem
from tests.wfx.conftest import Run

LogIn = Callable[..., Server]
SAVED = {
    "workflow_id": WORKFLOW_ID,
    "version": 3,
    "name": "Greeting",
    "visibility": "private",
    "updated_at": "2026-02-23T16:30:05.000Z",
}


def test_definition_is_saved_as_a_new_workflow_or_as_a_version(run: Run, logged_in: LogIn) -> None:
    server = logged_in(reply_json(201, SAVED), reply_json(200, SAVED))
    Path("greeting.json").write_text('{"name": "Greeting"}')
    told = f"saved Greeting as workflow {WORKFLOW_ID}, version 3\n"
    assert run("save", "greeting.json").out == told
    assert run("save", "-", "--id", WORKFLOW_ID, stdin=b"{}").out == told
    assert [(seen.method, seen.path, seen.body) for seen in server.seen] == [
        ("POST", "/v1/workflows", b'{"name": "Greeting"}'),
        ("PUT", f"/v1/workflows/{WORKFLOW_ID}", b"{}"),
    ]


def test_definition_that_is_not_valid_is_not_saved(run: Run, logged_in: LogIn) -> None:
    errors = [
        {"pointer": "/nodes/0/type", "detail": "there is no type x"},
        {"pointer": "", "detail": "no end"},
    ]
    logged_in(problem(422, "the definition is not valid", errors=errors))
    ran = run("save", "-", stdin=b"{}")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[1:] == ["  /nodes/0/type: there is no type x", "  /: no end"]


@pytest.mark.parametrize("arguments", [(), ("--id", WORKFLOW_ID)])
@pytest.mark.parametrize("answer", [problem(503, "busy", {"Retry-After": "0"}), drop])
def test_saving_is_not_sent_twice(
    run: Run, logged_in: LogIn, arguments: tuple[str, ...], answer: Answer
) -> None:
    server = logged_in(answer, reply_json(201, SAVED))
    assert run("save", "-", *arguments, stdin=b"{}").code == 4
    assert len(server.seen) == 1


def test_validation_names_the_places(run: Run, logged_in: LogIn) -> None:
    errors = [{"pointer": "/nodes/0/type", "detail": "there is no type [x]"}]
    logged_in(
        reply_json(200, {"valid": False, "errors": errors}), reply_json(200, {"valid": True, "errors": []})
    )
    ran = run("validate", "-", stdin=b"{}")
    assert ran.code == 1
    assert ran.out.splitlines()[1].split() == ["/nodes/0/type", "there", "is", "no", "type", "[x]"]
    assert (run("validate", "-", stdin=b"{}").out) == "valid\n"


def test_validation_as_json_has_the_same_exit_code(run: Run, logged_in: LogIn) -> None:
    logged_in(reply_json(200, {"valid": False, "errors": []}))
    ran = run("validate", "-", "--json", stdin=b"{}")
    assert (ran.code, ran.documents) == (1, [{"valid": False, "errors": []}])


def test_workflows_are_listed(run: Run, logged_in: LogIn) -> None:
    server = logged_in(listed("workflows", SAVED))
    ran = run("workflows", "--name", "Gr", "--public")
    assert ran.out.splitlines()[1].split() == [
        "Greeting",
        "3",
        "private",
        "2026-02-23",
        "16:30:05",
        WORKFLOW_ID,
    ]
    assert server.seen[0].path == "/v1/workflows?name=Gr&visibility=public&limit=50"
