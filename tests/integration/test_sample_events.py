"""The sample events of `events/`, which `sam local invoke` takes, too: each is what its function gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functions import ROOT, invoke, sample_event
from tests.integration.callers import Admin, authorize, make_token
from tests.integration.conftest import World, flow
from tools.statements import of_type

WORKFLOW_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
EXECUTION_ID = "01890a5d-ac96-774b-bcce-b302099a8058"

ANSWERS = {
    "cancel_execution": 200,
    "cancel_executions": 200,
    "complete_node": 404,  # It is asked of somebody else.
    "create_token": 201,
    "create_user": 409,  # There is such a user.
    "create_workflow": 201,
    "delete_execution": 409,  # It has not ended.
    "delete_secret": 404,
    "delete_token": 404,
    "delete_user": 204,
    "delete_workflow": 204,
    "download_logs": 302,
    "execute_workflow": 202,
    "get_docs": 200,
    "get_execution": 200,
    "get_execution_report": 302,
    "get_execution_statistics": 200,
    "get_health": 200,
    "get_node": 200,
    "get_openapi": 200,
    "get_user": 200,
    "get_webhook_secret": 200,
    "get_workflow": 200,
    "get_workflow_graph": 200,
    "list_executions": 200,
    "list_logs": 200,
    "list_secrets": 200,
    "list_users": 200,
    "list_workflows": 200,
    "pause_execution": 200,
    "put_secret": 201,
    "replay_execution": 202,
    "resume_execution": 409,  # It is not paused.
    "retry_execution": 409,  # It has not failed.
    "update_workflow": 200,
    "validate_workflow": 200,
}
"""By function: what it answers to its event, of an execution that has been accepted."""

# Nodes that need no other service: what they ask for is refused, which they tolerate.
NODES: dict[str, dict[str, Any]] = {
    "agent": {"id": "triage", "type": "agent", "config": {"model": "none.such", "prompt": "?"}},
    "database": {
        "id": "use",
        "type": "database",
        "config": {"operation": "get", "table": "not-open", "key": {"a": 1}},
    },
    "http": {"id": "fetch", "type": "http", "config": {"url": "http://169.254.169.254/"}},
    "inline": {"id": "start", "type": "start"},
    "lambda": {"id": "use", "type": "lambda", "config": {"function_name": "not-open"}},
    "storage": {"id": "use", "type": "storage", "config": {"operation": "list", "bucket": "not-open"}},
    "workflow": {"id": "workflow", "type": "workflow", "config": {"workflow_id": EXECUTION_ID}},
}
QUEUED: dict[str, list[str]] = {"batchItemFailures": []}
LIFECYCLE = {
    "archive_logs": QUEUED,
    "count_executions": QUEUED,
    "deliver_webhook": QUEUED,
    "follow_up_execution": QUEUED,
    "reconcile_executions": {"early": 1},
    "recount_executions": {"is_done": True, "executions": 1, "unreadable": ()},
    "settle_execution": None,
}
ELSEWHERE = {"api/authorizer", "lifecycle/ensure_first_admin"}
"""The first needs its token, the second somebody to answer to, whom `test_first_admin.py` has."""


def name_of(code: str) -> str:
    folder = Path(code)
    group = "api" if folder.parent.name == "functions" else folder.parent.name
    return f"{group}/{folder.name}"


@pytest.fixture
def accepted(world: World) -> dict[str, str]:
    """A workflow and an execution of it, by the ids that stand for them in the events."""
    workflow_id = world.save(flow({"id": "start", "type": "start"}, edges=[]))
    return {WORKFLOW_ID: workflow_id, EXECUTION_ID: world.accept(workflow_id)}


def event_about(name: str, ids: dict[str, str]) -> dict[str, Any]:
    """A sample event, of things that there are."""
    text = json.dumps(sample_event(name))
    for sample, actual in ids.items():
        text = text.replace(sample, actual)
    event: dict[str, Any] = json.loads(text)
    return event


def test_every_function_has_an_event_and_every_event_a_function_and_a_test() -> None:
    files = {
        str(path.relative_to(ROOT / "events").with_suffix("")) for path in (ROOT / "events").rglob("*.*")
    }
    functions = {name_of(each["CodeUri"]) for each in of_type("AWS::Serverless::Function").values()}
    tried = {
        f"{group}/{name}"
        for group, names in (("api", ANSWERS), ("nodes", NODES), ("lifecycle", LIFECYCLE))
        for name in names
    }
    assert files == functions == tried | ELSEWHERE


@pytest.mark.parametrize("function", ANSWERS)
def test_endpoint_takes_its_event(function: str, accepted: dict[str, str], admin: Admin) -> None:
    for user_id in ("ada", "owner"):
        admin.create(user_id)
    answer = invoke(f"api/{function}", event_about(f"api/{function}", accepted))
    assert answer["statusCode"] == ANSWERS[function], answer["body"]


@pytest.mark.parametrize("function", NODES)
def test_node_function_takes_its_event(function: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDROCK_MODELS", "")
    node = {**NODES[function], "on_error": "continue"}
    workflow_id = world.save(flow(node, edges=[]))
    execution_id = world.accept(workflow_id)
    event = event_about(f"nodes/{function}", {WORKFLOW_ID: workflow_id, EXECUTION_ID: execution_id})

    invoke(f"nodes/{function}", event, seconds_left=900)

    record = world.get(execution_id)["nodes"][node["id"]]
    assert record["status"] == ("completed" if function == "inline" else "failed")


@pytest.mark.parametrize("function", LIFECYCLE)
def test_life_cycle_function_takes_its_event(
    function: str, accepted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A recount waits until nobody counts as before it began: nobody does here.
    monkeypatch.setattr("workflows.services.recounts.time.sleep", lambda _: None)
    event = event_about(f"lifecycle/{function}", accepted)
    assert invoke(f"lifecycle/{function}", event) == LIFECYCLE[function]


def test_authorizer_takes_its_event(world: World, admin: Admin) -> None:
    admin.create("ada")
    token = make_token(world, "ada", name="laptop")["token"]
    assert authorize(f"Bearer {token}")["context"]["user_id"] == "ada"
