"""A call of each function that does what it is there for, and what must be there before."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.canned import MODEL
from tests.costs.stack import TOKEN
from tests.functions import load
from tests.integration.aws import aws_client
from tests.integration.callers import Admin
from tests.integration.conftest import World, flow
from tests.integration.state_machine import ExecutionFailed, Waiting
from tests.integration.test_sample_events import ANSWERS, EXECUTION_ID, WORKFLOW_ID, event_about
from workflows.adapters.outbound_http import OutboundResponse
from workflows.adapters.stores import user_store
from workflows.domain.times import now

Event = dict[str, Any]

_START = {"id": "start", "type": "start"}
_GREET = {"id": "greet", "type": "transform", "config": {"value": "Hello {{inputs.name}}"}}
_ASK = {"id": "approve", "type": "approval", "config": {"message": "Well?", "approvers": ["ada"]}}
_FAIL = {"id": "fail", "type": "transform", "config": {"value": "{{$error('no')}}"}}
_CREATED_AT = "2026-02-23T16:30:00.000Z"


@dataclass(frozen=True, slots=True)
class Call:
    """Of a function.

    Attributes:
        function: Its folder.
        prepare: Makes what must be there, on a stack without anything, and gives the event.
    """

    function: str
    prepare: Callable[[World], Event]


def _waiting(world: World) -> dict[str, str]:
    """An execution whose approval waits, after two nodes."""
    edges: list[tuple[str, ...]] = [("start", "greet"), ("greet", "approve")]
    workflow_id = world.save(flow(_START, _GREET, _ASK, edges=edges))
    execution_id = world.accept(workflow_id, {"name": "Ada"})
    with suppress(Waiting):
        world.finish(execution_id)
    world.count()
    return {WORKFLOW_ID: workflow_id, EXECUTION_ID: execution_id}


def _accepted(world: World) -> dict[str, str]:
    workflow_id = world.save(flow(_START, edges=[]))
    return {WORKFLOW_ID: workflow_id, EXECUTION_ID: world.accept(workflow_id)}


def _ended(world: World) -> dict[str, str]:
    ids = _accepted(world)
    world.finish(ids[EXECUTION_ID])
    return ids


def _failed(world: World) -> dict[str, str]:
    workflow_id = world.save(flow(_FAIL, edges=[]))
    execution_id = world.accept(workflow_id)
    with suppress(ExecutionFailed):
        world.finish(execution_id)
    return {WORKFLOW_ID: workflow_id, EXECUTION_ID: execution_id}


def _paused(world: World) -> dict[str, str]:
    ids = _waiting(world)
    world.call("pause_execution", path={"execution_id": ids[EXECUTION_ID]})
    return ids


_EXECUTIONS = {
    "cancel_executions": _accepted,
    "delete_execution": _ended,
    "resume_execution": _paused,
    "retry_execution": _failed,
}
"""By function, where it is not about an execution that waits."""


def _users(world: World) -> None:
    """Two users, of whom one has a token and the other a secret."""
    gateway = aws_client("apigateway")
    for tier in ("shared", "standard", "premium"):
        gateway.create_usage_plan(name=f"workflows-{tier}")
    for user_id in ("ada", "owner"):
        assert Admin(world).create(user_id).status == 201
    user_store().add_token(replace(TOKEN.to_token("sample", _CREATED_AT), last_used_on=now()[:10]))
    world.call("put_secret", path={"name": "shop_key"}, body={"value": "a secret value"}, user="ada")


def _endpoint(name: str) -> Call:
    def prepare(world: World) -> Event:
        ids = _EXECUTIONS.get(name, _waiting)(world)
        _users(world)
        if name == "create_user":
            Admin(world).delete("ada")
        if name == "put_secret":
            world.call("delete_secret", path={"name": "shop_key"}, user="ada")
        return event_about(f"api/{name}", ids)

    return Call(f"api/{name}", prepare)


def _authorizer(world: World) -> Event:
    _users(world)
    return event_about("api/authorizer", {})


def node_call(function: str, node_id: str, config: Event, **event: Any) -> Call:
    """Of a node function, that runs a node with such a config."""

    def prepare(world: World) -> Event:
        type_ = "transform" if function == "inline" else function
        node = {"id": node_id, "type": type_, "config": config}
        workflow_id = world.save(flow(node, edges=[]))
        ids = {WORKFLOW_ID: workflow_id, EXECUTION_ID: world.accept(workflow_id, {"name": "Ada"})}
        made: Event = {**event_about(f"nodes/{function}", ids), "nodes": [node_id], **event}
        return made

    return Call(f"nodes/{function}", prepare)


def _http(world: World) -> Event:
    # Its requests go by sockets of its own, not by botocore.
    answer = OutboundResponse(200, {"content-type": "application/json"}, b'{"orders": []}', "", 1)
    load("nodes/http").send = lambda *_, **__: answer  # type: ignore[attr-defined]
    return node_call("http", "fetch", {"url": "https://example.com/orders"}).prepare(world)


def _storage(world: World) -> Event:
    aws_client("s3").create_bucket(Bucket="files")
    config = {"operation": "write", "bucket": "files", "key": "shared/a", "content": "x" * 1_000}
    return node_call("storage", "use", config).prepare(world)


def _database(world: World) -> Event:
    aws_client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    config = {"operation": "get", "table": "orders", "key": {"id": "a"}}
    return node_call("database", "use", config).prepare(world)


def _child(world: World) -> Event:
    config = {"workflow_id": _accepted(world)[WORKFLOW_ID]}
    return node_call("workflow", "workflow", config, token="t" * 700).prepare(world)


CALLS = (
    Call("authorizer", _authorizer),
    *(_endpoint(name) for name in ANSWERS),
    node_call("inline", "greet", {"value": "Hello {{inputs.name}}"}),
    Call("nodes/http", _http),
    Call("nodes/storage", _storage),
    Call("nodes/database", _database),
    Call("nodes/workflow", _child),
    node_call("lambda", "use", {"function_name": "workflow-greet"}),
    node_call("agent", "triage", {"model": MODEL, "prompt": "?"}),
)


def succeeded(function: str, answer: Any) -> bool:
    """Whether a call did what it is there for; of a node function only its record says so."""
    if function == "authorizer":
        return bool(answer["context"]["user_id"] == "owner")
    if function.startswith("nodes/"):
        return True
    return bool(answer["statusCode"] < 400)
