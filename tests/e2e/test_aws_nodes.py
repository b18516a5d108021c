"""Nodes that use S3, DynamoDB and Lambda, on the deployed template with the rights of its roles."""

from __future__ import annotations

import io
import json
import zipfile
from itertools import pairwise
from typing import Any

import pytest

from local.deployment import session
from local.engine import REPOSITORY
from local.stack import Stack
from tests.e2e.users import User

FUNCTION = """
def handler(event, context):
    if event["sku"] == "bad":
        raise ValueError("no such sku, said api_key=abcdefgh12345678")
    return {"price": 7, "sku": event["sku"]}
"""


@pytest.fixture(scope="module")
def aws(stack: Stack) -> Any:
    """The bucket, tables and functions that samconfig.toml opens locally; makes clients."""

    def service(name: str) -> Any:
        return session().client(name, endpoint_url=stack.endpoint_url)  # type: ignore[call-overload]

    service("s3").create_bucket(Bucket="local-files")
    for table in ("local-orders", "local-owner", "local-other"):
        service("dynamodb").create_table(
            TableName=table,
            KeySchema=[
                {"AttributeName": "customer", "KeyType": "HASH"},
                {"AttributeName": "number", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "customer", "AttributeType": "S"},
                {"AttributeName": "number", "AttributeType": "N"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    role = service("iam").create_role(
        RoleName="of-the-tests",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
    )["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as packed:
        packed.writestr("app.py", FUNCTION)
    for name in ("workflow-price", "other-price"):
        service("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": code.getvalue()},
        )
    return service


def example(name: str) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads((REPOSITORY / "examples" / f"{name}.json").read_text())
    return definition


def test_report_is_made_of_a_table_and_written_to_a_bucket(owner: User, aws: Any) -> None:
    for number in (2, 1):
        item = {
            "customer": {"S": "ann"},
            "number": {"N": str(number)},
            "price": {"N": "1.5"},
            "quantity": {"N": "4"},
        }
        aws("dynamodb").put_item(TableName="local-orders", Item=item)
    places = {"table": "local-orders", "customer": "ann", "bucket": "local-files"}
    workflow_id = owner.save(example("report-to-s3"))
    execution = owner.ended(owner.execute(workflow_id, key="owner/ann.csv", **places))
    assert execution["status"] == "completed", execution["error"]
    body = b"number,total\r\n1,6\r\n2,6\r\n"
    assert execution["result"] == {
        "rows": [{"number": "1", "total": "6"}, {"number": "2", "total": "6"}],
        "bytes": len(body),
        "key": "owner/ann.csv",
    }
    stored = aws("s3").get_object(Bucket="local-files", Key="owner/ann.csv")
    assert stored["Body"].read() == body

    refused = owner.ended(owner.execute(workflow_id, key="other/ann.csv", **places))
    assert refused["error"]["code"] == "storage_forbidden"
    assert aws("s3").list_objects_v2(Bucket="local-files", Prefix="other/")["KeyCount"] == 0


def test_function_is_called_and_its_failure_goes_its_own_way(owner: User, aws: Any) -> None:
    workflow_id = owner.save(example("call-function"))
    good, bad = (owner.execute(workflow_id, function_name="workflow-price", sku=sku) for sku in ("a", "bad"))
    assert owner.ended(good)["result"] == {"price": 7, "sku": "a"}
    execution = owner.ended(bad)
    assert execution["result"] == {"price": None}
    error = execution["nodes"]["price"]["error"]
    assert error["code"] == "lambda_failed"
    assert "no such sku" in error["message"]


def test_what_is_anothers_or_the_stacks_own_is_closed(owner: User, aws: Any) -> None:
    (table,) = (name for name in aws("dynamodb").list_tables()["TableNames"] if "AccessTable" in name)
    buckets = [each["Name"] for each in aws("s3").list_buckets()["Buckets"]]
    (bucket,) = (name for name in buckets if "databucket" in name.lower())
    aws("s3").put_object(Bucket="local-files", Key="owner/in/a", Body=b"x")
    item = {"customer": "ann", "number": 1}
    put = {"operation": "put", "item": item, "if": "absent"}
    get = {"operation": "get", "key": {"id": "user#owner", "record": "user"}}
    listing = {"operation": "list", "bucket": "local-files"}
    expected: dict[str, tuple[str, dict[str, Any], str | None]] = {
        "list": ("storage", {**listing, "prefix": "owner/in/"}, None),
        "list-all": ("storage", listing, "storage_forbidden"),
        "list-other": ("storage", {**listing, "prefix": "other/"}, "storage_forbidden"),
        "list-own": ("storage", {**listing, "bucket": bucket}, "storage_forbidden"),
        "climb": (
            "storage",
            {"operation": "read", "bucket": "local-files", "key": "{{'owner/../other/a'}}"},
            "storage_config_invalid",
        ),
        "put": ("database", {**put, "table": "local-owner"}, None),
        "put-again": ("database", {**put, "table": "local-owner"}, "database_condition_failed"),
        "put-other": ("database", {**put, "table": "local-other"}, "database_forbidden"),
        "get-own": ("database", {**get, "table": table}, "database_forbidden"),
        "call-own": ("lambda", {"function_name": "workflows-inline"}, "lambda_forbidden"),
        "call-other": ("lambda", {"function_name": "other-price"}, "lambda_forbidden"),
    }
    nodes = [
        {"id": node_id, "type": kind, "config": config, "on_error": "continue"}
        for node_id, (kind, config, _) in expected.items()
    ]
    edges = [{"source": source, "target": target} for source, target in pairwise(expected)]
    definition = {"name": "closed", "nodes": nodes, "edges": edges}
    execution = owner.ended(owner.execute(owner.save(definition)))
    codes = {node_id: (node.get("error") or {}).get("code") for node_id, node in execution["nodes"].items()}
    assert codes == {node_id: code for node_id, (_, _, code) in expected.items()}
