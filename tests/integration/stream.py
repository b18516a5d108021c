"""The executions table's stream on moto, as the functions that follow it get it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.integration.aws import ENVIRONMENT, aws_client


@dataclass
class Stream:
    """Gives each record once."""

    _client: Any = field(default_factory=lambda: aws_client("dynamodbstreams"))
    _iterators: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        [stream] = self._client.list_streams(TableName=ENVIRONMENT["EXECUTIONS_TABLE"])["Streams"]
        arn = stream["StreamArn"]
        for shard in self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            answer = self._client.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            self._iterators.append(answer["ShardIterator"])

    def records(self) -> list[Any]:
        """Those of executions that came since, deletions apart."""
        records = []
        for number, iterator in enumerate(self._iterators):
            page = self._client.get_records(ShardIterator=iterator)
            while page["Records"]:
                records += page["Records"]
                page = self._client.get_records(ShardIterator=page["NextShardIterator"])
            self._iterators[number] = page["NextShardIterator"]
        return [
            record
            for record in records
            if record["dynamodb"]["Keys"]["record"]["S"] == "execution" and "NewImage" in record["dynamodb"]
        ]
