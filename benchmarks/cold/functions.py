"""The functions, each with the environment that the template gives it and a call.

Endpoints and life cycle functions get their sample events. Of these, nodes would be refused what they ask
for, without a call of another service: a node function gets what lets it do what it is there for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from benchmarks.canned import ALLOWED_MODELS
from benchmarks.warm.calls import CALLS, node_call
from tests.integration.aws import ENVIRONMENT, REGION, fresh_aws
from tests.integration.callers import Admin, make_token
from tests.integration.conftest import World, flow
from tests.integration.test_sample_events import (
    ANSWERS,
    EXECUTION_ID,
    WORKFLOW_ID,
    event_about,
    name_of,
)
from tests.loopback import Server, reply_json
from tools.statements import of_type, template


@dataclass(frozen=True, slots=True)
class Function:
    """
    Attributes:
        code: Its folder, as in `functions/api/get_health`.
        environment: The variables that it has.
        event: About what is there.
        status: What it answers to it, if it answers callers.
        timeout_seconds: How long a call may take.
    """

    code: str
    environment: dict[str, str]
    event: dict[str, Any]
    status: int | None
    timeout_seconds: int

    @property
    def kind(self) -> str:
        """`api`, `nodes`, `lifecycle` or `authorizer`."""
        return self.code.split("/")[1]

    @property
    def name(self) -> str:
        return self.code.rpartition("/")[2]


@contextmanager
def stored() -> Iterator[list[Function]]:
    """All functions, by kind and name, while moto holds what their events are about."""
    with fresh_aws(), _web() as url:
        gateway = boto3.client("apigateway", region_name=REGION)
        for tier in ("shared", "standard", "premium"):
            gateway.create_usage_plan(name=f"workflows-{tier}")
        world = World()
        for user_id in ("ada", "owner"):
            Admin(world).create(user_id)
        token = make_token(world, "ada")["token"]
        workflow_id = world.save(flow({"id": "start", "type": "start"}, edges=[]))
        accepted = {WORKFLOW_ID: workflow_id, EXECUTION_ID: world.accept(workflow_id)}
        nodes = {call.function: call for call in CALLS}
        nodes["nodes/http"] = node_call("http", "fetch", {"url": url})
        functions = []
        for properties in of_type("AWS::Serverless::Function").values():
            event_name = name_of(properties["CodeUri"])
            kind, _, name = event_name.partition("/")
            is_node = kind == "nodes"
            event = nodes[event_name].prepare(world) if is_node else event_about(event_name, accepted)
            if name == "authorizer":
                event["headers"]["Authorization"] = f"Bearer {token}"
            functions.append(
                Function(
                    properties["CodeUri"],
                    _environment(properties),
                    event,
                    ANSWERS.get(name),
                    properties.get("Timeout", _globals()["Timeout"]),
                )
            )
        yield sorted(functions, key=lambda each: each.code)


@contextmanager
def _web() -> Iterator[str]:
    """A server on loopback, for `http` nodes."""
    server = Server(answers=[reply_json(200, {"orders": []})])
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.url()
    finally:
        server.shutdown()
        server.server_close()


def _environment(properties: dict[str, Any]) -> dict[str, str]:
    given = {
        **_globals()["Environment"]["Variables"],
        **properties.get("Environment", {}).get("Variables", {}),
    }
    known = {**ENVIRONMENT, "BEDROCK_MODELS": ALLOWED_MODELS}
    return {name: known.get(name, _default(value)) for name, value in given.items()}


def _globals() -> dict[str, Any]:
    found: dict[str, Any] = template()["Globals"]["Function"]
    return found


def _default(value: Any) -> str:
    """What a variable is where the stack is deployed without parameters."""
    if isinstance(value, dict) and "Ref" in value:
        return str(template()["Parameters"].get(value["Ref"], {}).get("Default", ""))
    return value if isinstance(value, str) else ""
