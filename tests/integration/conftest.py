from __future__ import annotations

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import boto3
import pytest
import time_machine

from tests.documented import check_answer
from tests.functions import invoke, sample_event
from tests.integration.aws import ENVIRONMENT, REGION, aws_client, fresh_aws
from tests.integration.callers import Admin
from tests.integration.state_machine import StateMachine
from tests.integration.stream import Stream
from workflows.adapters.stores import payload_store
from workflows.domain.payload import Payload

os.environ |= ENVIRONMENT


def flow(*nodes: dict[str, Any], edges: list[tuple[str, ...]], **settings: Any) -> dict[str, Any]:
    """A definition; an edge is (source, target) or (source, target, when)."""
    listed = [dict(zip(("source", "target", "when"), edge, strict=False)) for edge in edges]
    return {"name": "test", "nodes": list(nodes), "edges": listed, **settings}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class World:
    """The stack on moto: its API functions as API Gateway calls them, and its state machines."""

    @cached_property
    def stream(self) -> Stream:
        return Stream()

    def count(self) -> None:
        """Count what happened to executions since the last time."""
        if records := self.stream.records():
            assert invoke("lifecycle/count_executions", {"Records": records}) == {"batchItemFailures": []}

    def call(
        self,
        function: str,
        *,
        path: dict[str, str] | None = None,
        query: dict[str, str | list[str]] | None = None,
        body: Any = None,
        raw_body: str | None = None,
        user: str | None = "owner",
        role: str = "user",
        headers: dict[str, str] | None = None,
        address: str = "203.0.113.7",
        authorizer: dict[str, str] | None = None,
    ) -> Answer:
        """Invoke an API function with its sample event, changed where given; `user` None is anonymous."""
        event = deepcopy(sample_event(f"api/{function}"))
        if path is not None:
            event["pathParameters"] = path
            event["path"] = event["resource"].format(**path)
            event["requestContext"]["path"] = "/v1" + event["path"]
        lists = {name: v if isinstance(v, list) else [v] for name, v in (query or {}).items()}
        event["multiValueQueryStringParameters"] = lists or None
        event["queryStringParameters"] = {name: values[-1] for name, values in lists.items()} or None
        event["body"] = raw_body if raw_body is not None else None if body is None else json.dumps(body)
        event["headers"] |= {"Content-Type": "application/json", **(headers or {})}
        event["requestContext"]["identity"]["sourceIp"] = address
        event["requestContext"].setdefault("authorizer", {}).update(
            role=role if user else "anonymous",
            user_id=user or "",
            tier="standard" if user else "anonymous",
            **(authorizer or {}),
        )
        answer = invoke(f"api/{function}", event)
        listed = {name: values[0] for name, values in (answer.get("multiValueHeaders") or {}).items()}
        found = Answer(
            answer["statusCode"], {**listed, **(answer.get("headers") or {})}, answer["body"] or ""
        )
        check_answer(function, found.status, found.headers, found.text)
        return found

    def save(self, definition: dict[str, Any], user: str = "owner") -> str:
        answer = self.call("create_workflow", body=definition, user=user)
        assert answer.status == 201, answer.text
        workflow_id: str = answer.json["workflow_id"]
        return workflow_id

    def accept(self, workflow_id: str, inputs: dict[str, Any] | None = None, user: str = "owner") -> str:
        answer = self.call(
            "execute_workflow", path={"workflow_id": workflow_id}, body={"inputs": inputs or {}}, user=user
        )
        assert answer.status == 202, answer.text
        execution_id: str = answer.json["execution_id"]
        return execution_id

    def machine(self, execution_id: str) -> tuple[StateMachine, dict[str, Any]]:
        """The state machine that an accepted execution was started on, and the input it was given."""
        client = aws_client("stepfunctions")
        started = client.describe_execution(executionArn=self.engine_arn(execution_id))
        machine = client.describe_state_machine(stateMachineArn=started["stateMachineArn"])
        return StateMachine(json.loads(machine["definition"])), json.loads(started["input"])

    def finish(self, execution_id: str, **settings: Any) -> StateMachine:
        """Run an accepted execution's state machine to its end.

        Args:
            settings: Attributes of the machine.
        """
        machine, run = self.machine(execution_id)
        for name, value in settings.items():
            setattr(machine, name, value)
        machine.execute(run)
        return machine

    def reconcile(self, after_seconds: float = 0) -> dict[str, int]:
        """What the reconciler does when it runs in so many seconds."""
        moment = datetime.now(UTC) + timedelta(seconds=after_seconds)
        with time_machine.travel(moment, tick=True):
            seen: dict[str, int] = invoke("lifecycle/reconcile_executions", {})
        return seen

    def settle(self, execution_id: str, status: str, attempt: int | None = None, **detail: str) -> None:
        """Deliver Step Functions' event about the end of an attempt, by default the current one."""
        if attempt is None:
            attempt = self.get(execution_id)["attempt"]
        event = deepcopy(sample_event("lifecycle/settle_execution"))
        event["detail"] |= {"name": f"{execution_id}-{attempt}", "status": status, **detail}
        invoke("lifecycle/settle_execution", event)

    def follow_up(self, execution_id: str) -> None:
        """Deliver the table's stream record about the last change of an execution's status."""
        client = aws_client("dynamodb")
        key = {"execution_id": {"S": execution_id}, "record": {"S": "execution"}}
        event = deepcopy(sample_event("lifecycle/follow_up_execution"))
        change = event["Records"][0]["dynamodb"]
        change["NewImage"] = client.get_item(TableName="ExecutionsTable", Key=key)["Item"]
        answer = invoke("lifecycle/follow_up_execution", event)
        assert answer == {"batchItemFailures": []}

    def begin(self, execution_id: str) -> None:
        """Let the first node of an execution start, and no more happen."""
        _, run = self.machine(execution_id)
        invoke("nodes/inline", {"run": run, "nodes": ["start"]})

    def engine_arn(self, execution_id: str) -> str:
        """Of the current attempt."""
        item = self.item("ExecutionsTable", execution_id=execution_id, record="execution")
        arn = item["clean_up_arn" if "cleans_up" in item else "state_machine_arn"]
        return f"{arn.replace(':stateMachine:', ':execution:')}:{execution_id}-{item['attempt']}"

    def engine_status(self, execution_id: str) -> str:
        """What Step Functions says of the current attempt."""
        client = aws_client("stepfunctions")
        status: str = client.describe_execution(executionArn=self.engine_arn(execution_id))["status"]
        return status

    def has_started(self, execution_id: str) -> bool:
        """Whether Step Functions knows the current attempt."""
        client = aws_client("stepfunctions")
        try:
            client.describe_execution(executionArn=self.engine_arn(execution_id))
        except client.exceptions.ExecutionDoesNotExist:
            return False
        return True

    def get(self, execution_id: str, user: str | None = "owner", role: str = "user") -> Any:
        answer = self.call("get_execution", path={"execution_id": execution_id}, user=user, role=role)
        assert answer.status == 200, answer.text
        return answer.json

    def payload(self, execution_id: str, name: str) -> Any:
        """A value of an execution, wherever it is stored."""
        item = self.item("ExecutionsTable", execution_id=execution_id, record="execution")
        return payload_store().get(execution_id, Payload.from_item(item[name]))

    def item(self, table: str, **key: str) -> dict[str, Any]:
        item: dict[str, Any] = (
            boto3.resource("dynamodb", region_name=REGION).Table(table).get_item(Key=key)["Item"]
        )
        return item


@pytest.fixture
def world() -> Iterator[World]:
    with fresh_aws():
        yield World()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """What was sent to tokens of Tasks, by token: moto knows none of ours."""
    sent: dict[str, dict[str, str]] = {}

    def send(_: str, **arguments: str) -> None:
        sent.setdefault(arguments["taskToken"], arguments)

    monkeypatch.setattr("workflows.adapters.task_tokens._send", send)
    return sent


@pytest.fixture
def gateway(world: World) -> Any:
    """API Gateway, with the usage plans of the template."""
    client = boto3.client("apigateway", region_name=REGION)
    for tier in ("shared", "standard", "premium"):
        client.create_usage_plan(name=f"workflows-{tier}")
    return client


@pytest.fixture
def admin(world: World, gateway: Any) -> Admin:
    return Admin(world)
