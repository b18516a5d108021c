"""The main job on the deployed template, over HTTP: save, execute, follow, read and download logs, cancel."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urljoin

import pytest
import urllib3

from local.deployment import session
from local.engine import REPOSITORY
from local.stack import Stack
from tests.e2e.users import Call, User
from tests.waiting import wait_for


@pytest.fixture
def step_functions(stack: Stack) -> Any:
    return session().client("stepfunctions", endpoint_url=stack.endpoint_url)


def example(name: str) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads((REPOSITORY / "examples" / f"{name}.json").read_text())
    return definition


def flow(*nodes: dict[str, Any], edges: list[tuple[str, ...]], **settings: Any) -> dict[str, Any]:
    listed = [dict(zip(("source", "target", "when"), edge, strict=False)) for edge in edges]
    return {"name": "e2e", "nodes": list(nodes), "edges": listed, **settings}


def slow(seconds: int = 60) -> dict[str, Any]:
    return flow(
        {"id": "start", "type": "start"},
        {"id": "wait", "type": "delay", "config": {"seconds": seconds}},
        {"id": "after", "type": "transform", "config": {"value": 1}},
        edges=[("start", "wait"), ("wait", "after")],
    )


def test_example_is_saved_executed_followed_and_its_logs_downloaded(
    owner: User, other: User, stack: Stack, shop_url: str
) -> None:
    workflow_id = owner.save(example("order-fulfilment"))
    path = f"/workflows/{workflow_id}/execute"
    refused = owner("POST", path, {"inputs": {"base_url": "ftp://shop"}})
    assert (refused.status, refused.json()["error_code"]) == (422, "invalid_inputs")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/inputs", "/inputs/base_url"]
    accepted = owner(
        "POST",
        path,
        {"inputs": {"base_url": shop_url, "order_id": "order-7"}, "labels": ["e2e"]},
    )
    assert accepted.status == 202
    execution_id = accepted.json()["execution_id"]
    assert accepted.json() | {"workflow_id": workflow_id, "version": 1} == accepted.json()
    assert accepted.json()["started_at"].endswith("Z")
    location = urljoin(f"{stack.base_url}{path}", accepted.headers["Location"])
    assert owner("GET", location).json()["execution_id"] == execution_id

    execution = owner.ended(execution_id)
    assert execution["status"] == "completed", execution
    assert execution["result"]["status"] == "fulfilled"
    assert execution["nodes"]["back-order"]["status"] == "skipped"
    assert execution["inputs"]["order_id"] == "order-7"

    logs = owner("GET", f"/executions/{execution_id}/logs?node_id=ship&level=INFO").json()
    assert logs["total_logs"] == len(logs["logs"]) > 2
    assert {line["node_id"] for line in logs["logs"]} == {"ship"}

    link = owner("GET", f"/executions/{execution_id}/logs/download")
    assert link.status == 302
    file = urllib3.request("GET", link.headers["Location"])
    assert file.status == 200
    filename = f"execution-{execution_id}-logs.txt"
    assert file.headers["Content-Disposition"] == f'attachment; filename="{filename}"'
    assert link.json()["filename"] == filename
    assert "INFO [execution] - execution completed" in file.data.decode()
    as_json = owner("GET", f"/executions/{execution_id}/logs/download?format=json").json()
    whole = json.loads(urllib3.request("GET", as_json["download_url"]).data)
    assert whole["total_logs"] == len(file.data.decode().splitlines())

    listed = owner("GET", f"/executions?workflow_id={workflow_id}&status=completed&limit=1&offset=0").json()
    assert [entry["execution_id"] for entry in listed["executions"]] == [execution_id]
    assert (listed["total"], listed["limit"], listed["offset"]) == (1, 1, 0)
    assert other("GET", f"/executions/{execution_id}").status == 404


def test_react_flow_document_is_saved_and_executed_unchanged(owner: User) -> None:
    document = example("lead-routing-react-flow")
    workflow_id = owner.save(document)
    assert owner("GET", f"/workflows/{workflow_id}").json()["definition"] == document
    execution = owner.ended(owner.execute(workflow_id, lead={"score": 80, "name": "Ada"}))
    assert execution["result"] == {"route": "sales", "note": "Call Ada today"}


def test_parallel_nodes_are_under_way_at_the_same_time(
    owner: User, loopback_server: Callable[[type[BaseHTTPRequestHandler]], str]
) -> None:
    both_are_here = threading.Barrier(2)

    class Meeting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                both_are_here.wait(20)
                self.send_response(200)
            except threading.BrokenBarrierError:
                self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    fetch = {"type": "http", "config": {"url": "{{inputs.url}}"}}
    definition = flow(
        {"id": "start", "type": "start"},
        {"id": "left", **fetch},
        {"id": "right", **fetch},
        {"id": "end", "type": "end"},
        edges=[("start", "left"), ("start", "right"), ("left", "end"), ("right", "end")],
    )
    execution = owner.ended(owner.execute(owner.save(definition), url=loopback_server(Meeting)))
    assert execution["status"] == "completed", execution


def test_node_starts_when_its_own_predecessors_are_settled_and_waits_for_no_others(
    owner: User, loopback_server: Callable[[type[BaseHTTPRequestHandler]], str]
) -> None:
    """An N: c awaits a and b, d awaits b alone; a ends only once d has begun."""
    d_has_begun = threading.Event()

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/d":
                d_has_begun.set()
            self.send_response(200 if self.path != "/a" or d_has_begun.wait(20) else 500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    calls = [
        {"id": node_id, "type": "http", "config": {"url": f"{{{{inputs.url}}}}/{node_id}"}}
        for node_id in ("a", "b", "c", "d")
    ]
    sums = {"id": "sum", "type": "transform", "config": {"value": "{{input.c.status + input.d.status}}"}}
    edges: list[tuple[str, ...]] = [("a", "c"), ("b", "c"), ("b", "d"), ("c", "sum"), ("d", "sum")]
    execution = owner.ended(
        owner.execute(owner.save(flow(*calls, sums, edges=edges)), url=loopback_server(Server))
    )
    assert (execution["status"], execution["result"]) == ("completed", 400), execution
    nodes = execution["nodes"]
    assert nodes["d"]["started_at"] < nodes["a"]["completed_at"] <= nodes["c"]["started_at"]


def test_failure_in_a_task_that_waits_at_a_gate_fails_the_execution(owner: User) -> None:
    nodes = [
        {"id": "a", "type": "transform", "config": {"value": 1}},
        {"id": "b", "type": "delay", "config": {"seconds": 1}},
        {"id": "c", "type": "transform", "config": {"value": "{{$error('c is broken')}}"}},
        {"id": "d", "type": "transform", "config": {"value": 2}},
        {"id": "e", "type": "transform", "config": {"value": "{{$error('a is broken')}}"}},
    ]
    edges: list[tuple[str, ...]] = [("a", "c"), ("b", "c"), ("b", "d"), ("e", "a")]
    execution = owner.ended(owner.execute(owner.save(flow(*nodes, edges=edges))))
    assert (execution["status"], execution["error"]["node_id"]) == ("failed", "e")
    assert "a is broken" in execution["error"]["message"]


def test_cancel_stops_the_state_machine_and_starts_no_further_node(
    owner: User, stack: Stack, step_functions: Any
) -> None:
    execution_id = owner.execute(owner.save(slow(4)))
    owner.reaches(execution_id, "wait", "waiting")

    cancelled = owner("POST", f"/executions/{execution_id}/cancel")
    assert cancelled.status == 200
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["cancelled_at"].endswith("Z")

    (arn,) = _execution_arns(step_functions, execution_id)
    wait_for(
        lambda: step_functions.describe_execution(executionArn=arn),
        lambda found: found["status"] == "ABORTED",
    )
    # An execution begun later has passed the same delay, so the cancelled one had the time to go on.
    later = owner.ended(owner.execute(owner.get(execution_id)["workflow_id"]))
    assert later["status"] == "completed"
    assert owner.get(execution_id)["nodes"]["after"]["status"] == "cancelled"
    assert owner("POST", f"/executions/{execution_id}/cancel").status == 200
    assert owner("POST", f"/executions/{later['execution_id']}/cancel").status == 409


def test_stop_in_step_functions_shows_as_cancelled(owner: User, step_functions: Any) -> None:
    execution_id = owner.execute(owner.save(slow()))
    owner.reaches(execution_id, "wait", "waiting")
    (arn,) = _execution_arns(step_functions, execution_id)

    step_functions.stop_execution(executionArn=arn)

    assert owner.ended(execution_id)["status"] == "cancelled"


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]:1/", "file:///etc/passwd"],
)
def test_http_node_reaches_no_private_address(owner: User, url: str) -> None:
    definition = flow(
        {"id": "start", "type": "start"},
        {"id": "call", "type": "http", "config": {"url": "{{inputs.url}}"}},
        edges=[("start", "call")],
    )
    execution = owner.ended(owner.execute(owner.save(definition), url=url))
    assert execution["status"] == "failed"
    assert execution["error"]["node_id"] == "call"
    assert execution["error"]["code"] in ("http_address_forbidden", "http_url_invalid")


def test_anonymous_caller_executes_a_public_workflow_and_cancels_it(call: Call, owner: User) -> None:
    anonymous = User(call, None)
    workflow_id = owner.save({**slow(), "visibility": "public"})
    started = anonymous("POST", f"/workflows/{workflow_id}/execute").json()
    path = f"/executions/{started['execution_id']}/cancel"

    assert anonymous("POST", path).status == 403
    secret = {"X-Execution-Secret": started["execution_secret"]}
    assert anonymous("POST", path, headers=secret).status == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "error_code"),
    [
        ("GET", "/nowhere", {}, 404, "not_found"),
        (
            "GET",
            "/executions",
            {"Authorization": "Bearer no-token-that-we-know-0123456789"},
            401,
            "unauthenticated",
        ),
        ("GET", "/executions", {}, 401, "unauthenticated"),
        ("GET", "/executions?limit=0", {}, 400, "malformed_request"),
        ("POST", "/workflows/validate", {}, 400, "malformed_request"),
    ],
)
def test_errors_are_problem_documents(
    call: Call, method: str, path: str, headers: dict[str, str], status: int, error_code: str
) -> None:
    answer = call(method, path, headers=headers)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["error_code"] == error_code


def test_deleted_workflow_is_gone(owner: User) -> None:
    path = f"/workflows/{owner.save(slow())}"
    deleted = owner("DELETE", path)
    assert (deleted.status, deleted.text) == (204, "")
    assert owner("GET", path).status == 404
    assert owner("DELETE", path).status == 404


def test_updated_workflow_executes_its_new_version(owner: User) -> None:
    workflow_id = owner.save(slow())
    changed = flow({"id": "only", "type": "transform", "config": {"value": 2}}, edges=[])
    assert owner("PUT", f"/workflows/{workflow_id}", changed).json()["version"] == 2
    assert owner.ended(owner.execute(workflow_id))["result"] == 2


def test_admin_sees_every_execution(call: Call, stack: Stack, owner: User) -> None:
    execution_id = owner.execute(owner.save(slow()))
    admin = User(call, stack.tokens["admin"])
    assert admin.get(execution_id)["user_id"] == "owner"
    assert admin("POST", f"/executions/{execution_id}/cancel").status == 200


def _execution_arns(step_functions: Any, execution_id: str) -> list[str]:
    machines = step_functions.list_state_machines()["stateMachines"]
    executions = [
        execution
        for machine in machines
        for arn in [machine["stateMachineArn"]]
        for execution in step_functions.list_executions(stateMachineArn=arn)["executions"]
    ]
    return [found["executionArn"] for found in executions if found["name"] == f"{execution_id}-1"]
