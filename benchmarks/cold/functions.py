"""The functions, each with the environment that the template gives it and its sample event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from tests.integration.aws import ENVIRONMENT, REGION, fresh_aws
from tests.integration.callers import Admin, make_token
from tests.integration.conftest import World, flow
from tests.integration.test_sample_events import (
    ANSWERS,
    EXECUTION_ID,
    NODES,
    WORKFLOW_ID,
    event_about,
    name_of,
)
from tools.statements import of_type, template


@dataclass(frozen=True, slots=True)
class Function:
    """
    Attributes:
        code: Its folder, as in `functions/api/get_health`.
        environment: The variables that it has.
        event: Its sample event, about what is there.
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
    with fresh_aws():
        gateway = boto3.client("apigateway", region_name=REGION)
        for tier in ("shared", "standard", "premium"):
            gateway.create_usage_plan(name=f"workflows-{tier}")
        world = World()
        for user_id in ("ada", "owner"):
            Admin(world).create(user_id)
        token = make_token(world, "ada")["token"]
        accepted = _accept(world, {"id": "start", "type": "start"})
        functions = []
        for properties in of_type("AWS::Serverless::Function").values():
            event_name = name_of(properties["CodeUri"])
            kind, _, name = event_name.partition("/")
            is_node = kind == "nodes"
            ids = _accept(world, {**NODES[name], "on_error": "continue"}) if is_node else accepted
            event = event_about(event_name, ids)
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


def _accept(world: World, node: dict[str, Any]) -> dict[str, str]:
    workflow_id = world.save(flow(node, edges=[]))
    return {WORKFLOW_ID: workflow_id, EXECUTION_ID: world.accept(workflow_id)}


def _environment(properties: dict[str, Any]) -> dict[str, str]:
    given = {
        **_globals()["Environment"]["Variables"],
        **properties.get("Environment", {}).get("Variables", {}),
    }
    return {name: ENVIRONMENT.get(name, _default(value)) for name, value in given.items()}


def _globals() -> dict[str, Any]:
    found: dict[str, Any] = template()["Globals"]["Function"]
    return found


def _default(value: Any) -> str:
    """What a variable is where the stack is deployed without parameters."""
    if isinstance(value, dict) and "Ref" in value:
        return str(template()["Parameters"].get(value["Ref"], {}).get("Default", ""))
    return value if isinstance(value, str) else ""
