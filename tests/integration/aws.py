"""The stack's tables and buckets on moto, as the template describes them."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.loaders import JSONFileLoader

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
    "HTTP_ALLOWED_HOSTS": "127.0.0.1",
    "HTTP_MAX_BODY_BYTES": "5000000",
    "WEBHOOK_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/webhooks",
    "MASTER_SECRET_ARN": "master-secret",  # Its name, which serves as well: a part of the ARN is made up.
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


# Each mock begins a session of boto3 anew, which would read botocore's large models each time.
_load_model = cache(JSONFileLoader().load_file)
JSONFileLoader.load_file = lambda _, path: _load_model(path)  # type: ignore[method-assign, assignment]


def create_tables() -> None:
    """Create every table of the template under its logical name."""
    client = boto3.client("dynamodb", region_name=REGION)
    for logical_id, properties in _described_tables().items():
        client.create_table(TableName=logical_id, **properties)


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
    client = boto3.client("s3", region_name=REGION)
    for name in ("DATA_BUCKET", "LOGS_BUCKET"):
        client.create_bucket(Bucket=ENVIRONMENT[name])


def create_queues() -> None:
    for variable in ("WEBHOOK_QUEUE_URL", "ARCHIVE_QUEUE_URL"):
        name = ENVIRONMENT[variable].rpartition("/")[2]
        boto3.client("sqs", region_name=REGION).create_queue(QueueName=name)


def create_secret() -> None:
    """Create the secret that keys are derived from."""
    boto3.client("secretsmanager", region_name=REGION).create_secret(
        Name=ENVIRONMENT["MASTER_SECRET_ARN"], SecretString="of the tests"
    )
