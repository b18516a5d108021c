"""DynamoDB in memory: the calls that our stores make, with the answers and errors of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.faults.expressions import Attribute, Item, holds, updated
from tests.faults.tables import Change, Key, TableData

Arguments = Mapping[str, Any]
Answer = dict[str, Any]


class FakeDynamoDB:
    """The client. Every call is atomic and takes no time; `tests.faults.seam` adds both that and faults.

    Attributes:
        on_change: Called after each write of an item.
        index_lag: Gives the seconds until an index shows a change.
    """

    def __init__(
        self,
        tables: dict[str, TableData],
        now: Callable[[], float] = lambda: 0.0,
        index_lag: Callable[[], float] = lambda: 0.0,
        on_change: Callable[[Change], None] = lambda _: None,
    ) -> None:
        self.tables = tables
        self.index_lag = index_lag
        self.on_change = on_change
        self._now = now

    def get_item(self, **arguments: Any) -> Answer:
        table = self.tables[arguments["TableName"]]
        item = table.get(table.key_of(arguments["Key"]))
        return {} if item is None else {"Item": item}

    def put_item(self, **arguments: Any) -> Answer:
        table = self.tables[arguments["TableName"]]
        key = table.key_of(arguments["Item"])
        self._check("PutItem", arguments, table.get(key))
        self._set(table, key, arguments["Item"])
        return {}

    def update_item(self, **arguments: Any) -> Answer:
        table = self.tables[arguments["TableName"]]
        key = table.key_of(arguments["Key"])
        old = table.get(key)
        self._check("UpdateItem", arguments, old)
        new = updated(arguments, old if old is not None else dict(arguments["Key"]))
        self._set(table, key, new)
        return {"Attributes": new} if arguments.get("ReturnValues") == "ALL_NEW" else {}

    def delete_item(self, **arguments: Any) -> Answer:
        table = self.tables[arguments["TableName"]]
        key = table.key_of(arguments["Key"])
        self._check("DeleteItem", arguments, table.get(key))
        self._set(table, key, None)
        return {}

    def batch_get_item(self, **arguments: Any) -> Answer:
        answers: dict[str, list[Item]] = {}
        for name, wanted in arguments["RequestItems"].items():
            table = self.tables[name]
            keys = [table.key_of(key) for key in wanted["Keys"]]
            if len(set(keys)) != len(keys):
                raise refused("BatchGetItem", "ValidationException", "a key is there twice")
            answers[name] = [item for key in keys if (item := table.get(key)) is not None]
        return {"Responses": answers, "UnprocessedKeys": {}}

    def batch_write_item(self, **arguments: Any) -> Answer:
        for name, requests in arguments["RequestItems"].items():
            table = self.tables[name]
            for request in requests:
                if put := request.get("PutRequest"):
                    self._set(table, table.key_of(put["Item"]), put["Item"])
                else:
                    self._set(table, table.key_of(request["DeleteRequest"]["Key"]), None)
        return {"UnprocessedItems": {}}

    def transact_write_items(self, **arguments: Any) -> Answer:
        reasons, writes = [], []
        places = set()
        for action in arguments["TransactItems"]:
            ((kind, part),) = action.items()
            table = self.tables[part["TableName"]]
            key = table.key_of(part["Item"] if kind == "Put" else part["Key"])
            places.add((table.name, key))
            old = table.get(key)
            held = holds(part, "ConditionExpression", old or {})
            reasons.append({"Code": "None" if held else "ConditionalCheckFailed"})
            writes.append((table, key, kind, part, old))
        if len(places) < len(reasons) or len(reasons) > 100:
            raise refused(
                "TransactWriteItems", "ValidationException", "too many items, or one is there twice"
            )
        if any(reason["Code"] != "None" for reason in reasons):
            error = refused("TransactWriteItems", "TransactionCanceledException", "cancelled")
            response: Any = error.response
            response["CancellationReasons"] = reasons
            raise error
        for table, key, kind, part, old in writes:
            if kind == "ConditionCheck":
                continue
            match kind:
                case "Put":
                    new = part["Item"]
                case "Delete":
                    new = None
                case _:
                    new = updated(part, old if old is not None else part["Key"])
            self._set(table, key, new)
        return {}

    def query(self, **arguments: Any) -> Answer:
        table, index = self.tables[arguments["TableName"]], arguments.get("IndexName")
        if index and arguments.get("ConsistentRead"):
            raise refused("Query", "ValidationException", "an index is never read consistently")
        partition = _partition(arguments, table.names(index)[0])
        found = [
            item
            for item in table.source(index)(partition["S"], self._now())
            if holds(arguments, "KeyConditionExpression", item)
        ]
        forward = arguments.get("ScanIndexForward", True)
        found.sort(key=lambda item: table.position(index, item), reverse=not forward)
        if start := arguments.get("ExclusiveStartKey"):
            last = table.position(index, start)
            found = [item for item in found if (table.position(index, item) > last) == forward]
            found = [item for item in found if table.position(index, item) != last]
        return self._page(table, index, found, arguments)

    def _page(self, table: TableData, index: str | None, found: list[Item], arguments: Arguments) -> Answer:
        limit = arguments.get("Limit", len(found) + 1)
        shown = found[:limit]
        answer: Answer = {"Count": len(shown)}
        if arguments.get("Select") != "COUNT":
            answer["Items"] = shown
        if len(found) >= limit:
            names = {table.hash_name, table.range_name, *table.names(index)} - {""}
            answer["LastEvaluatedKey"] = {name: shown[-1][name] for name in names}
        return answer

    def _check(self, operation: str, arguments: Arguments, old: Item | None) -> None:
        if not holds(arguments, "ConditionExpression", old or {}):
            error = refused(operation, "ConditionalCheckFailedException", "the conditional request failed")
            if old is not None and arguments.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                error.response["Item"] = old  # type: ignore[typeddict-unknown-key]
            raise error

    def _set(self, table: TableData, key: Key, item: Item | None) -> None:
        change = table.set(key, item)
        if change.old != change.new:
            visible_at = self._now() + self.index_lag()
            for index in table.indexes.values():
                index.follow(visible_at, key, item)
        self.on_change(change)


def _partition(arguments: Arguments, hash_name: str) -> Attribute:
    """The value that the key condition asks of the hash key: it stands first in ours."""
    name, sign, placeholder, *_ = arguments["KeyConditionExpression"].split()
    assert sign == "="
    assert arguments["ExpressionAttributeNames"][name] == hash_name
    value: Attribute = arguments["ExpressionAttributeValues"][placeholder]
    return value


def refused(operation: str, code: str, message: str) -> ClientError:
    """The error of a service that answers, but not as hoped."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
