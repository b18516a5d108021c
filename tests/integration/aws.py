"""The stack's tables and buckets on moto, as the template describes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import Any

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.secretsmanager.models import SecretsStore, secretsmanager_backends

import tests.integration.fast_moto  # noqa: F401
from local.template import read_template

REGION = "us-east-1"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "WORKFLOWS_TABLE": "WorkflowsTable",
    "EXECUTIONS_TABLE": "ExecutionsTable",
    "COUNTERS_TABLE": "CountersTable",
    "LOGS_TABLE": "LogsTable",
    "ACCESS_TABLE": "AccessTable",
    "DATA_BUCKET": "data-bucket",
    "LOGS_BUCKET": "logs-bucket",
    "STATE_MACHINE_PREFIX": "workflows",
    "STATE_MACHINE_ARN_PREFIX": f"arn:aws:states:{REGION}:123456789012:stateMachine:workflows",
    "STATE_MACHINE_ROLE_ARN": "arn:aws:iam::123456789012:role/state-machines",
    "NODE_FUNCTION_ARN_PREFIX": f"arn:aws:lambda:{REGION}:123456789012:function:workflows-",
    "ENGINE_NAMES_ERRORS": "true",
    "MAX_CONCURRENT_EXECUTIONS_PER_USER": "0",
    "MAX_EXECUTIONS_PER_DAY": "10000",
    "MAX_WORKFLOWS_PER_USER": "1000",
    "EXECUTE_RATE": "60",
    "GET_RATE": "600",
    "LIST_RATE": "120",
    "DOWNLOAD_RATE": "30",
    "OTHER_RATE": "120",
    "ANONYMOUS_PERCENT": "10",
    "PREMIUM_PERCENT": "1000",
    "USAGE_KEY_SUFFIX": "of-the-tests",
    "STACK_NAME": "workflows",
    "TRACE_STATE_MACHINES": "false",
    "SECRETS_PATH": "/workflows/secrets",
    "HTTP_ALLOWED_HOSTS": "127.0.0.1",
    "HTTP_MAX_BODY_BYTES": "5000000",
    "STORAGE_LOCATIONS": "files/{owner}/,files/shared/",
    "STORAGE_MAX_BYTES": "200000",
    "OWN_BUCKETS": "data-bucket,logs-bucket",
    "DATABASE_TABLES": "orders,data-{owner},AccessTable",
    "OWN_TABLES": "WorkflowsTable,ExecutionsTable,CountersTable,LogsTable,AccessTable",
    "LAMBDA_FUNCTION_PREFIX": "workflow-",
    "OWN_FUNCTION_PREFIXES": "workflows-,workflow-stack-",
    "HTTP_MAX_FILE_BYTES": "100000000",
    "WEBHOOK_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/webhooks",
    # Their names, which serve as well: a part of the ARNs is made up.
    "MASTER_SECRET_ARN": "master-secret",
    "ADMIN_TOKEN_SECRET_ARN": "admin-token",
    "ARCHIVE_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/archives",
    "LOG_ARCHIVE_DAYS": "365",
    "LOG_CHUNK_DAYS": "30",
    "MAX_LOG_LINE_BYTES": "16384",
    "MAX_LOG_BYTES_PER_EXECUTION": "10000000",
    "POWERTOOLS_SERVICE_NAME": "workflow-execution-api",
    "POWERTOOLS_METRICS_NAMESPACE": "workflows",
}

_TABLE_PROPERTIES = (
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "BillingMode",
    "StreamSpecification",
)


def aws_client(service: str) -> Any:
    """The tests' client of a service, where the environment says it is: without state, so made once."""
    return _client(service, os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}"))


@cache
def _client(service: str, endpoint_url: str | None) -> Any:
    return boto3.client(service, region_name=REGION, endpoint_url=endpoint_url)  # type: ignore[call-overload]


@contextmanager
def fresh_aws() -> Iterator[None]:
    """The stack's tables, buckets, queues and secret, with nothing in them that came before."""
    with mock_aws():
        if "AWS_ENDPOINT_URL_DYNAMODB" in os.environ:
            create_tables()
        else:
            dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables = deepcopy(_moto_tables())
        secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].secrets = deepcopy(_moto_secrets())
        create_buckets()
        create_queues()
        yield


@cache
def _moto_tables() -> dict[str, Table]:
    """What moto makes of the tables' descriptions, which is dear; no test may have it but a copy."""
    create_tables()
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables


@cache
def _moto_secrets() -> SecretsStore:
    create_secrets()
    return secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].secrets


def create_tables() -> None:
    """Create every table of the template under its logical name."""
    for logical_id, properties in _described_tables().items():
        aws_client("dynamodb").create_table(TableName=logical_id, **properties)


@cache
def _described_tables() -> dict[str, dict[str, Any]]:
    tables = {}
    for logical_id, resource in read_template()["Resources"].items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            tables[logical_id] = {
                name: resource["Properties"][name]
                for name in _TABLE_PROPERTIES
                if name in resource["Properties"]
            }
            if stream := tables[logical_id].get("StreamSpecification"):
                tables[logical_id]["StreamSpecification"] = {**stream, "StreamEnabled": True}
    return tables


def create_buckets() -> None:
    for name in ("DATA_BUCKET", "LOGS_BUCKET"):
        aws_client("s3").create_bucket(Bucket=ENVIRONMENT[name])


def create_queues() -> None:
    for variable in ("WEBHOOK_QUEUE_URL", "ARCHIVE_QUEUE_URL"):
        name = ENVIRONMENT[variable].rpartition("/")[2]
        aws_client("sqs").create_queue(QueueName=name)


def create_secrets() -> None:
    """Create the secret that keys are derived from, and the one for the first admin's token."""
    client = aws_client("secretsmanager")
    client.create_secret(Name=ENVIRONMENT["MASTER_SECRET_ARN"], SecretString="of the tests")
    client.create_secret(Name=ENVIRONMENT["ADMIN_TOKEN_SECRET_ARN"])
