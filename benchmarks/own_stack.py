"""A local stack for one part of the benchmarks, and what one makes on it by hand, without the project."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.config import Config

from local.deployment import session
from local.engine import REGION
from local.stack import Stack
from tests.e2e.shared_stack import shared_stack

_ROLE = "by-hand"
_ACTIONS = ["lambda:InvokeFunction", "states:StartExecution", "dynamodb:BatchGetItem", "dynamodb:PutItem"]


@contextmanager
def own_stack() -> Iterator[Stack]:
    """A stack in a folder of its own, on a free port; it ends with the block."""
    with TemporaryDirectory() as home, shared_stack(Path(home)) as stack:
        yield stack


@dataclass(frozen=True)
class ByHand:
    """Functions and state machines as one makes them by hand.

    Attributes:
        endpoint_url: Of the stack.
    """

    endpoint_url: str

    def client(self, service: str, config: Config | None = None) -> Any:
        """A client of one of the stack's services."""
        return session().client(service, endpoint_url=self.endpoint_url, config=config)  # type: ignore[call-overload]

    def function(self, name: str, code: str, variables: Mapping[str, str] | None = None) -> str:
        """Makes a function of one file, with a `lambda_handler`; returns its ARN."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("app.py", code)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self._role_arn,
            Handler="app.lambda_handler",
            Code={"ZipFile": archive.getvalue()},
            # Many that are called at once start at once, and a slow machine takes long for that.
            Timeout=300,
            MemorySize=512,
            Environment={"Variables": dict(variables or {})},
        )
        arn: str = made["FunctionArn"]
        return arn

    def machine(self, name: str, definition: Mapping[str, Any]) -> str:
        """Makes a state machine; returns its ARN."""
        made = self.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self._role_arn
        )
        arn: str = made["stateMachineArn"]
        return arn

    def endpoint(self, name: str, function_arn: str) -> str:
        """Makes an API whose root calls a function on POST, without an authorizer; returns its URL."""
        gateway = self.client("apigateway")
        api_id = gateway.create_rest_api(name=name)["id"]
        root_id = gateway.get_resources(restApiId=api_id)["items"][0]["id"]
        method = {"restApiId": api_id, "resourceId": root_id, "httpMethod": "POST"}
        gateway.put_method(**method, authorizationType="NONE")
        path = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
        gateway.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=path)
        gateway.create_deployment(restApiId=api_id, stageName="v1")
        self.client("lambda").add_permission(
            FunctionName=function_arn,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}/v1/"

    @cached_property
    def _role_arn(self) -> str:
        trusted = {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}
        made = self.client("iam").create_role(
            RoleName=_ROLE, AssumeRolePolicyDocument=_policy("sts:AssumeRole", Principal=trusted)
        )
        self.client("iam").put_role_policy(
            RoleName=_ROLE, PolicyName="all-that-is-needed", PolicyDocument=_policy(_ACTIONS, Resource="*")
        )
        arn: str = made["Role"]["Arn"]
        return arn


def _policy(action: str | list[str], **parts: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, **parts}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
