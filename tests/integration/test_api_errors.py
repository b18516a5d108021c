"""Bad input gets a 4xx problem document that names the field, from every endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Answer, World
from tests.integration.test_main_job import GREETING

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a80ff"


def assert_problem(answer: Answer, status: int, error_code: str, *pointers: str) -> None:
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    problem = answer.json
    assert {"type", "title", "status", "detail", "instance", "error_code"} <= set(problem)
    assert (problem["status"], problem["error_code"]) == (status, error_code)
    assert [error["pointer"] for error in problem.get("errors", [])] == list(pointers)


@pytest.mark.parametrize("function", ["create_workflow", "update_workflow", "validate_workflow"])
@pytest.mark.parametrize(
    "raw_body",
    [
        "{bad",
        "",
        "{'a': 1}",
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        "[" * 100_000,
        "[" * 101 + "]" * 101,
        "1" * 5_000,
    ],
    ids=lambda body: body[:12],
)
def test_definition_that_is_not_json_is_400(world: World, function: str, raw_body: str) -> None:
    assert_problem(world.call(function, raw_body=raw_body), 400, "malformed_request", "")


@pytest.mark.parametrize(
    ("definition", "pointers"),
    [
        ([1], [""]),
        ("text", [""]),
        ({"name": "x"}, ["/nodes"]),
        ({"nodes": []}, ["/nodes"]),
        (
            {
                "variables": {"text": "x" * 310_000},
                "nodes": [{"id": "a", "type": "transform", "config": {"value": "y" * 310_000}}],
            },
            ["/variables", "/nodes/0/config"],
        ),
        (
            {"name": 7, "nodes": [{"id": "a", "type": "magic"}], "edges": [{"source": "a", "target": "b"}]},
            ["/name", "/nodes/0/type", "/edges/0/target"],
        ),
    ],
)
def test_invalid_definition_is_422_with_every_pointer(
    world: World, definition: Any, pointers: list[str]
) -> None:
    assert_problem(world.call("create_workflow", body=definition), 422, "invalid_definition", *pointers)
    workflow_id = world.save(GREETING)
    answer = world.call("update_workflow", path={"workflow_id": workflow_id}, body=definition)
    assert_problem(answer, 422, "invalid_definition", *pointers)
    validation = world.call("validate_workflow", body=definition)
    assert validation.status == 200
    assert validation.json["valid"] is False
    assert [error["pointer"] for error in validation.json["errors"]] == pointers


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"inputs": 3}, ["/inputs"]),
        ({"inputs": [], "labels": "x"}, ["/inputs", "/labels"]),
        ({"input": {}}, ["/input"]),
        ({"labels": [""]}, ["/labels/0"]),
        ({"version": 0}, ["/version"]),
        ({"version": "1"}, ["/version"]),
        ([], [""]),
    ],
)
def test_execute_with_a_wrong_body_is_400_and_names_the_field(
    world: World, body: Any, pointers: list[str]
) -> None:
    workflow_id = world.save(GREETING)
    answer = world.call("execute_workflow", path={"workflow_id": workflow_id}, body=body)
    assert_problem(answer, 400, "malformed_request", *pointers)


@pytest.mark.parametrize(
    ("function", "query", "pointer"),
    [
        ("list_executions", {"limit": "0"}, "limit"),
        ("list_executions", {"limit": "101"}, "limit"),
        ("list_executions", {"limit": "ten"}, "limit"),
        ("list_executions", {"offset": "-1"}, "offset"),
        ("list_executions", {"offset": "10001"}, "offset"),
        ("list_executions", {"status": ["running", "lost"]}, "status"),
        ("list_executions", {"order": "up"}, "order"),
        ("list_executions", {"stat": "running"}, "stat"),
        ("list_workflows", {"limit": "101"}, "limit"),
        ("list_workflows", {"visibility": "all"}, "visibility"),
        ("list_logs", {"limit": "10001"}, "limit"),
        ("list_logs", {"level": "LOUD"}, "level"),
        ("list_logs", {"nodeid": "a"}, "nodeid"),
        ("download_logs", {"format": "pdf"}, "format"),
    ],
)
def test_wrong_query_parameter_is_400_and_is_named(
    world: World, function: str, query: dict[str, Any], pointer: str
) -> None:
    answer = world.call(function, query=query)
    assert_problem(answer, 400, "malformed_request", pointer)


@pytest.mark.parametrize(
    ("function", "path"),
    [
        ("get_workflow", {"workflow_id": UNKNOWN}),
        ("update_workflow", {"workflow_id": UNKNOWN}),
        ("delete_workflow", {"workflow_id": UNKNOWN}),
        ("execute_workflow", {"workflow_id": UNKNOWN}),
        ("get_execution", {"execution_id": UNKNOWN}),
        ("cancel_execution", {"execution_id": "no id at all"}),
        ("list_logs", {"execution_id": UNKNOWN}),
        ("download_logs", {"execution_id": UNKNOWN}),
    ],
)
def test_unknown_id_is_404(world: World, function: str, path: dict[str, str]) -> None:
    body = {"update_workflow": GREETING, "execute_workflow": {}}.get(function)
    assert_problem(world.call(function, path=path, body=body), 404, "not_found")


def test_unknown_version_is_404(world: World) -> None:
    answer = world.call("execute_workflow", path={"workflow_id": world.save(GREETING)}, body={"version": 9})
    assert_problem(answer, 404, "not_found")


def test_body_beyond_the_limit_is_413(world: World) -> None:
    answer = world.call("create_workflow", body={"name": "x" * (5 * 1024 * 1024)})
    assert_problem(answer, 413, "request_too_large")


def test_cancel_of_a_completed_execution_is_409_and_of_a_cancelled_one_is_not(world: World) -> None:
    completed = world.accept(world.save(GREETING))
    world.finish(completed)
    answer = world.call("cancel_execution", path={"execution_id": completed})
    assert_problem(answer, 409, "illegal_transition")
    assert answer.json["execution_id"] == completed

    running = world.accept(world.save(GREETING))
    first = world.call("cancel_execution", path={"execution_id": running})
    second = world.call("cancel_execution", path={"execution_id": running})
    assert (first.status, second.status) == (200, 200)
    assert first.json == second.json
    assert first.json["status"] == "cancelled"
    assert first.json["cancelled_at"].endswith("Z")


def test_failure_of_a_service_is_a_500_without_details(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "workflows.adapters.dynamodb.client", lambda _: (_ for _ in ()).throw(OSError("secret"))
    )
    answer = world.call("get_workflow", path={"workflow_id": UNKNOWN})
    assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
