"""Build the template for this machine and deploy it to the engine, as `sam` does it for AWS."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import IO, TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from local.engine import PYTHON, REGION, REPOSITORY
from local.errors import LocalStackError
from local.template import read_template

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.literals import GatewayResponseTypeType

_STACK_NAME = "workflows"
_ARTIFACTS_BUCKET = "artifacts"
_BUILD = REPOSITORY / ".aws-sam" / "local"
_SOURCES = (
    "template.yaml",
    "samconfig.toml",
    "requirements/local.txt",
    "functions",
    "layers",
    "local/deployment.py",
)
_ASKED_OF_ALL = ("ssm:GetParametersByPath", "ssm:DeleteParameters")
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


def session() -> boto3.Session:
    """A session that the engine accepts."""
    return boto3.Session(
        aws_access_key_id=_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )


def fingerprint() -> str:
    """Changes with whatever a deployment is made from."""
    digest = hashlib.sha256()
    for path in _source_files():
        digest.update(f"{path.relative_to(REPOSITORY)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def outputs(endpoint_url: str) -> dict[str, str]:
    """The outputs of the stack; empty where it is not deployed."""
    listed = _described(endpoint_url).get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in listed}


def physical_id(endpoint_url: str, logical_id: str) -> str:
    """The name that a resource of the template has on the engine."""
    cloudformation = session().client("cloudformation", endpoint_url=endpoint_url)
    found = cloudformation.describe_stack_resource(StackName=_STACK_NAME, LogicalResourceId=logical_id)
    return found["StackResourceDetail"]["PhysicalResourceId"]


def deploy(endpoint_url: str, log_path: Path) -> None:
    """Build and deploy, in place where the stack is there already.

    Args:
        endpoint_url: The engine's.
        log_path: Where the output of `sam` goes.

    Raises:
        LocalStackError: The build or the deployment fails.
    """
    with log_path.open("w") as log:
        _sam("build", {"PYTHON": sys.executable, "BYTECODE_PYTHON": str(PYTHON), "WHEELS": ""}, log)
        _link_layers()
        session().client("s3", endpoint_url=endpoint_url).create_bucket(Bucket=_ARTIFACTS_BUCKET)
        _sam("deploy", {"AWS_ENDPOINT_URL": endpoint_url}, log)
    _complete_api(endpoint_url)
    _complete_roles(endpoint_url)


def _sam(command: str, settings: Mapping[str, str], log: IO[str]) -> None:
    # The person's own AWS settings must not reach it: it would deploy to their account.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    isolation = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    finished = subprocess.run(
        [sys.executable, "-m", "samcli", command, "--config-env", "local"],
        cwd=REPOSITORY,
        env={**inherited, **isolation, **_CREDENTIALS, "SAM_CLI_TELEMETRY": "0", **settings},
        stdout=log,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if finished.returncode != 0:
        raise LocalStackError(f"sam {command} failed: {log.name} tells why")


def _link_layers() -> None:
    """Let each built layer be a link to its files: the engine unpacks layers at each cold start."""
    for built in (_BUILD / "build").glob("*Layer/python"):
        files = _BUILD / "layers" / built.parent.name
        shutil.rmtree(files, ignore_errors=True)
        files.parent.mkdir(exist_ok=True)
        built.rename(files)
        # Python reads it where it finds a site directory. Layers come before all else, as they do on AWS.
        link = built / "lib" / "python3" / "site-packages" / "layer.pth"
        link.parent.mkdir(parents=True)
        link.write_text(f"import sys; sys.path.insert(0, {str(files)!r})\n")


def _complete_api(endpoint_url: str) -> None:
    """Give the engine what it drops of an API's definition, and take from it what it reads otherwise."""
    api = read_template()["Resources"]["Api"]["Properties"]
    api_id = outputs(endpoint_url)["ApiId"]
    listed = _described(endpoint_url)["Parameters"]
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in listed}
    gateway = session().client("apigateway", endpoint_url=endpoint_url)
    _put_gateway_responses(gateway, api_id, api["GatewayResponses"], parameters)
    _put_preflight_responses(gateway, api_id, api["Cors"], parameters)
    _require_no_keys(gateway, api_id)
    gateway.create_deployment(restApiId=api_id, stageName=api["StageName"])


def _put_gateway_responses(
    gateway: APIGatewayClient,
    api_id: str,
    responses: Mapping[GatewayResponseTypeType, Any],
    parameters: Mapping[str, str],
) -> None:
    for response_type, response in responses.items():
        status = {"statusCode": str(response["StatusCode"])} if "StatusCode" in response else {}
        headers = _headers(response["ResponseParameters"]["Headers"], parameters)
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=response_type,
            responseParameters={f"gatewayresponse.header.{name}": text for name, text in headers.items()},
            responseTemplates=response["ResponseTemplates"],
            **status,
        )


def _put_preflight_responses(
    gateway: APIGatewayClient, api_id: str, cors: Mapping[str, Any], parameters: Mapping[str, str]
) -> None:
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api_id)
    for resource in (each for page in pages for each in page["items"]):
        methods = resource.get("resourceMethods", {}).keys()
        if "OPTIONS" not in methods:
            continue
        headers = {
            "Access-Control-Allow-Origin": cors["AllowOrigin"],
            "Access-Control-Allow-Headers": cors["AllowHeaders"],
            "Access-Control-Allow-Methods": f"'{','.join(sorted(methods))}'",
            "Access-Control-Max-Age": cors["MaxAge"],
        }
        gateway.put_integration_response(
            restApiId=api_id,
            resourceId=resource["id"],
            httpMethod="OPTIONS",
            statusCode="200",
            responseParameters={
                f"method.response.header.{name}": text for name, text in _headers(headers, parameters).items()
            },
        )


def _headers(given: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, str]:
    """The headers that are sent: not those of CORS where no origin is allowed."""
    texts = {name: _header(value, parameters) for name, value in given.items()}
    return {name: text for name, text in texts.items() if text is not None}


def _header(value: Any, parameters: Mapping[str, str]) -> str | None:
    """A header's value; None for one of CORS (the only condition there is) where no origin is allowed."""
    if isinstance(value, str):
        return value
    _, text, _ = value["Fn::If"]
    if not parameters["CorsAllowOrigin"]:
        return None
    return text if isinstance(text, str) else Template(text["Fn::Sub"]).substitute(parameters)


def _complete_roles(endpoint_url: str) -> None:
    """Let roles call SSM by paths and lists of names: the engine asks whether they may of all parameters."""
    cloudformation = session().client("cloudformation", endpoint_url=endpoint_url)
    iam: Any = session().client("iam", endpoint_url=endpoint_url)
    resources = read_template()["Resources"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=_STACK_NAME)
    for made in (each for page in pages for each in page["StackResourceSummaries"]):
        policies = resources.get(made["LogicalResourceId"], {}).get("Properties", {}).get("Policies", [])
        given = [part for policy in policies for part in policy["PolicyDocument"]["Statement"]]
        statements = [{**part, "Resource": "*"} for part in given if part["Action"] in _ASKED_OF_ALL]
        if statements:
            iam.put_role_policy(
                RoleName=made["PhysicalResourceId"],
                PolicyName="as-the-engine-asks",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
            )


def _described(endpoint_url: str) -> dict[str, Any]:
    """What the engine says of the stack; nothing where it is not deployed."""
    cloudformation = session().client("cloudformation", endpoint_url=endpoint_url)
    try:
        return dict(cloudformation.describe_stacks(StackName=_STACK_NAME)["Stacks"][0])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return {}
        raise


def _require_no_keys(gateway: APIGatewayClient, api_id: str) -> None:
    """Let calls through without an API key: the engine would have it from them, not from the authorizer."""
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"])
    for resource in (each for page in pages for each in page["items"]):
        for method, described in resource.get("resourceMethods", {}).items():
            if described.get("apiKeyRequired"):
                gateway.update_method(
                    restApiId=api_id,
                    resourceId=resource["id"],
                    httpMethod=method,
                    # It would take the text "false", which is what AWS wants, for true.
                    patchOperations=[{"op": "remove", "path": "/apiKeyRequired"}],
                )


def _source_files() -> Iterator[Path]:
    for source in _SOURCES:
        path = REPOSITORY / source
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)
