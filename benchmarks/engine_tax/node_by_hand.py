"""The bare function of a node in a workflow that is written by hand; deployed as this one file."""

import os
import time
from functools import cache
from typing import Any

NODE_SECONDS = 0.02


@cache
def _dynamodb() -> Any:
    # Only where it is used, as it takes a while to load.
    from botocore.session import get_session

    return get_session().create_client("dynamodb")


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Takes as long as a node; with `records`, it also makes the calls of DynamoDB that one of ours makes."""
    # The local engine waits a while for the log of a function that logs nothing.
    print("called")
    if event["records"]:
        wanted = [_key(record) for record in ("execution", "node", "node-before")]
        table = {os.environ["TABLE"]: {"Keys": wanted, "ConsistentRead": True}}
        _dynamodb().batch_get_item(RequestItems=table)
        _put("node", "running")
    time.sleep(NODE_SECONDS)
    if event["records"]:
        _put("node", "completed")
        _put("log", "called")
    return {}


def _put(record: str, text: str) -> None:
    item = {**_key(record), "text": {"S": text}, "at": {"S": "2026-02-23T16:30:05.000Z"}}
    _dynamodb().put_item(TableName=os.environ["TABLE"], Item=item)


def _key(record: str) -> dict[str, Any]:
    return {"execution_id": {"S": "sample"}, "record": {"S": record}}
