"""Bad input gets a 4xx problem document that names the field, from every endpoint."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.integration.conftest import Answer, World
from tests.integration.test_main_job import GREETING
from workflows.adapters.state_machines import StateMachineMissing
from workflows.domain.errors import Unavailable

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


@pytest.mark.parametrize("function", ["create_workflow", "validate_workflow", "cancel_executions"])
@pytest.mark.parametrize("raw_body", ["[]", "[{}]", "[null, {}]"])
def test_body_that_is_an_array_is_400_and_not_its_first_element(
    world: World, function: str, raw_body: str
) -> None:
    assert_problem(world.call(function, raw_body=raw_body), 400, "malformed_request", "")


@pytest.mark.parametrize(
    ("definition", "pointers"),
    [
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
        ({"version": 10**3000}, ["/version"]),
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
        ("list_executions", {"limit": ["1", "2"]}, "limit"),
        ("list_executions", {"workflow_id": ["a", "b"]}, "workflow_id"),
        ("get_execution", {"verbose": "1"}, "verbose"),
        ("get_workflow", {"version": "1"}, "version"),
        ("list_logs", {"offset": "9" * 3000}, "offset"),
        ("list_workflows", {"limit": "101"}, "limit"),
        ("list_workflows", {"visibility": "all"}, "visibility"),
        ("list_logs", {"limit": "10001"}, "limit"),
        ("list_logs", {"level": "LOUD"}, "level"),
        ("list_logs", {"nodeid": "a"}, "nodeid"),
        ("download_logs", {"format": "pdf"}, "format"),
        ("get_workflow_graph", {"format": "png"}, "format"),
        ("get_workflow_graph", {"version": "0"}, "version"),
        ("get_execution_report", {"format": "pdf"}, "format"),
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
        ("get_workflow", {"workflow_id": "w" * 3_000}),
        ("get_execution", {"execution_id": "e" * 3_000}),
        ("list_logs", {"execution_id": UNKNOWN}),
        ("download_logs", {"execution_id": UNKNOWN}),
        ("get_workflow_graph", {"workflow_id": UNKNOWN}),
        ("get_execution_report", {"execution_id": UNKNOWN}),
    ],
)
def test_unknown_id_is_404(world: World, function: str, path: dict[str, str]) -> None:
    body = {"update_workflow": GREETING, "execute_workflow": {}}.get(function)
    assert_problem(world.call(function, path=path, body=body), 404, "not_found")


def test_unknown_version_is_404(world: World) -> None:
    answer = world.call("execute_workflow", path={"workflow_id": world.save(GREETING)}, body={"version": 9})
    assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/x-www-form-urlencoded", ""],
)
def test_json_is_read_also_under_the_type_that_curl_sends(world: World, content_type: str) -> None:
    answer = world.call("validate_workflow", body=GREETING, headers={"Content-Type": content_type})
    assert (answer.status, answer.json["valid"]) == (200, True)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data", "garbage"])
@pytest.mark.parametrize("function", ["create_workflow", "execute_workflow"])
def test_other_content_types_are_415(world: World, function: str, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    assert_problem(world.call(function, body={}, headers=headers), 415, "unsupported_media_type")


def test_too_many_expressions_are_a_problem_and_no_time_out(world: World) -> None:
    # One that takes long to parse, among many that are as long and quickly parsed.
    sources = [f"{{{{inputs{'.a' * 1_900}}}}}", *(f"{{{{'{n:03}{'a' * 3_800}'}}}}" for n in range(40))]
    definition = {"nodes": [{"id": "a", "type": "transform", "config": {"value": sources}}], "edges": []}
    answer = world.call("validate_workflow", body=definition)
    assert "60000 characters" in answer.json["errors"][0]["detail"]


def test_workflow_too_large_for_step_functions_is_not_valid(world: World) -> None:
    chain = [f"node-{n:04}-{'x' * 50}" for n in range(2_000)]
    definition = {
        "nodes": [
            {"id": i, "type": "transform", "config": {"value": 1}, "retry": {"max_attempts": 2}}
            for i in chain
        ],
        "edges": [{"source": a, "target": b} for a, b in pairwise(chain)],
    }
    answer = world.call("validate_workflow", body=definition)
    assert not answer.json["valid"]
    assert "Step Functions" in answer.json["errors"][0]["detail"]


def test_execution_that_step_functions_refuses_is_accepted_and_started_later(
    world: World, monkeypatch: Any
) -> None:
    workflow_id = world.save(GREETING)
    with monkeypatch.context() as patch:
        patch.setattr("workflows.adapters.state_machines.client", _refusing)
        execution_id = world.accept(workflow_id)
    assert world.get(execution_id)["status"] == "pending"
    world.reconcile(after_seconds=61)
    world.finish(execution_id)
    assert world.get(execution_id)["status"] == "completed"


def test_cancel_that_step_functions_does_not_hear_of_is_told_again(world: World, monkeypatch: Any) -> None:
    execution_id = world.accept(world.save(GREETING))
    with monkeypatch.context() as patch:
        patch.setattr("workflows.adapters.state_machines.client", _refusing)
        assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200
    assert (world.get(execution_id)["status"], world.engine_status(execution_id)) == ("cancelled", "RUNNING")
    world.reconcile(after_seconds=61)
    assert world.engine_status(execution_id) == "ABORTED"


def test_lost_log_line_takes_nothing_back(world: World, monkeypatch: Any) -> None:
    workflow_id = world.save(GREETING)
    monkeypatch.setattr("workflows.adapters.dynamodb.Table.batch_put", _throttled)
    execution_id = world.accept(workflow_id)
    assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200


def test_execution_whose_redeployment_breaks_does_not_stay_pending(world: World, monkeypatch: Any) -> None:
    workflow_id = world.save(GREETING)
    monkeypatch.setattr("workflows.adapters.state_machines.StateMachines.start", _missing)
    monkeypatch.setattr("workflows.services.redeployments.normalise", _broken)
    failed = world.get(world.accept(workflow_id))
    assert (failed["status"], failed["error"]["code"]) == ("failed", "start_failed")


def _throttled(*_: object) -> None:
    raise Unavailable("throttled")


def _missing(*_: object) -> None:
    raise StateMachineMissing


def _broken(_: object) -> None:
    raise KeyError("broken")


def _refusing(_: str) -> Any:
    raise EndpointConnectionError(endpoint_url="http://states")


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
