"""Build the template for this machine and deploy it to the engine, as `sam` does it for AWS."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import boto3
from botocore.exceptions import ClientError

from local.engine import PYTHON, REGION, REPOSITORY
from local.errors import LocalStackError
from local.template import read_template

_STACK_NAME = "workflows"
_ARTIFACTS_BUCKET = "artifacts"
_SOURCES = ("template.yaml", "samconfig.toml", "requirements/local.txt", "functions", "layers")
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
    cloudformation = session().client("cloudformation", endpoint_url=endpoint_url)
    try:
        stack = cloudformation.describe_stacks(StackName=_STACK_NAME)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return {}
        raise
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


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
        session().client("s3", endpoint_url=endpoint_url).create_bucket(Bucket=_ARTIFACTS_BUCKET)
        _sam("deploy", {"AWS_ENDPOINT_URL": endpoint_url}, log)
    _put_gateway_responses(endpoint_url)


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


def _put_gateway_responses(endpoint_url: str) -> None:
    """Give the engine the gateway responses, which it drops from the definition of an API."""
    api = read_template()["Resources"]["Api"]["Properties"]
    api_id = outputs(endpoint_url)["ApiId"]
    gateway = session().client("apigateway", endpoint_url=endpoint_url)
    for response_type, response in api["GatewayResponses"].items():
        status = {"statusCode": str(response["StatusCode"])} if "StatusCode" in response else {}
        headers = response["ResponseParameters"]["Headers"]
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=response_type,
            responseParameters={f"gatewayresponse.header.{name}": value for name, value in headers.items()},
            responseTemplates=response["ResponseTemplates"],
            **status,
        )
    gateway.create_deployment(restApiId=api_id, stageName=api["StageName"])


def _source_files() -> Iterator[Path]:
    for source in _SOURCES:
        path = REPOSITORY / source
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)
