"""What one test does is gone in the next: clients, sessions and names are shared, and no state."""

from __future__ import annotations

from typing import Any

from tests.integration.aws import ENVIRONMENT, aws_client, fresh_aws
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from workflows.adapters.clients import client

TABLES = [name for variable, name in ENVIRONMENT.items() if variable.endswith("_TABLE")]
BUCKETS = [ENVIRONMENT["DATA_BUCKET"], ENVIRONMENT["LOGS_BUCKET"]]
QUEUES = [ENVIRONMENT["WEBHOOK_QUEUE_URL"], ENVIRONMENT["ARCHIVE_QUEUE_URL"]]


def contents() -> dict[str, Any]:
    """All that there is, by where it is."""
    machines = aws_client("stepfunctions").list_state_machines()["stateMachines"]
    streams = aws_client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=ENVIRONMENT["EXECUTIONS_TABLE"])["Streams"]
    shards = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"], ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return {
        **{name: aws_client("dynamodb").scan(TableName=name)["Items"] for name in TABLES},
        **{name: aws_client("s3").list_objects_v2(Bucket=name).get("Contents", []) for name in BUCKETS},
        **{url: aws_client("sqs").receive_message(QueueUrl=url).get("Messages", []) for url in QUEUES},
        "state machines": machines,
        "stream": streams.get_records(ShardIterator=iterator)["Records"],
    }


def fill() -> None:
    world = World()
    world.finish(world.accept(world.save(GREETING)))
    for name in TABLES:
        keys = aws_client("dynamodb").describe_table(TableName=name)["Table"]["KeySchema"]
        item = {key["AttributeName"]: {"S": "left"} for key in keys}
        client("dynamodb").put_item(TableName=name, Item=item)
    for name in BUCKETS:
        client("s3").put_object(Bucket=name, Key="left", Body=b"")
    for url in QUEUES:
        client("sqs").send_message(QueueUrl=url, MessageBody="left")
    client("secretsmanager").put_secret_value(SecretId=ENVIRONMENT["MASTER_SECRET_ARN"], SecretString="left")


def test_nothing_is_left_of_what_was_before() -> None:
    secret = {"SecretId": ENVIRONMENT["MASTER_SECRET_ARN"]}
    with fresh_aws():
        assert not any(contents().values())
        fill()
        assert all(contents().values())
    with fresh_aws():
        assert not any(contents().values())
        assert aws_client("secretsmanager").get_secret_value(**secret)["SecretString"] == "of the tests"
