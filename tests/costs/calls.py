"""Records the calls that the adapters make of AWS, with the DynamoDB units that each is billed for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.costs.units import Index, Item, item_bytes, read_units, write_units
from tests.integration.aws import aws_client
from workflows.adapters.clients import client

_SERVICES = ("dynamodb", "s3", "stepfunctions", "sqs", "secretsmanager", "ssm")
_STORED_BYTES = 100
"""What AWS adds to each item that it stores, also in an index."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        operation: As AWS names it, e.g. `GetItem`.
        target: The table, its index, or the bucket; empty where there is only one.
        items: How many items it reads or writes at once, of a batch or transaction.
        write_units: Of the table, without its indexes.
        index_units: By index, what a write costs there.
    """

    service: str
    operation: str
    target: str = ""
    items: int = 1
    read_units: float = 0
    write_units: int = 0
    index_units: Mapping[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        several = f" ({self.items})" if self.items > 1 else ""
        return f"`{self.operation}` {self.target}{several}".strip()

    @property
    def all_write_units(self) -> int:
        return self.write_units + sum(self.index_units.values())


@dataclass(frozen=True, slots=True)
class _Write:
    """A write of one item.

    Attributes:
        put: The whole item, of a put; None of an update or delete.
        old: The item before.
    """

    table: str
    key: Item
    put: Item | None
    old: Item | None


class Recorder:
    """Follows botocore's events. What it looks up for that goes by a client of its own, unrecorded."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._plain = aws_client("dynamodb")
        self._schema = cache(self._describe)

    @contextmanager
    def recording(self) -> Iterator[list[Call]]:
        """The calls of the block, in order."""
        self.calls = []
        clients = [(client(service), service) for service in _SERVICES]
        clients.append((client("dynamodb", once=True), "dynamodb"))
        for service_client, service in clients:
            events = service_client.meta.events
            events.register(f"provide-client-params.{_EVENT_NAMES[service]}", self._before)
            events.register(f"after-call.{_EVENT_NAMES[service]}", self._after)
        try:
            yield self.calls
        finally:
            for service_client, service in clients:
                events = service_client.meta.events
                events.unregister(f"provide-client-params.{_EVENT_NAMES[service]}", self._before)
                events.unregister(f"after-call.{_EVENT_NAMES[service]}", self._after)

    def stored_bytes(self, execution_id: str) -> tuple[int, int]:
        """What an execution and its log take up in tables and in indexes, with what AWS adds to each item."""
        in_tables = in_indexes = 0
        for table, key in (("ExecutionsTable", "execution_id"), ("LogsTable", "stream")):
            for page in self._plain.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    if not item[key]["S"].startswith(execution_id):
                        continue
                    in_tables += item_bytes(item) + _STORED_BYTES
                    views = (index.view(item) for index in self._schema(table)[1])
                    in_indexes += sum(item_bytes(view) + _STORED_BYTES for view in views if view is not None)
        return in_tables, in_indexes

    def _before(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        # Botocore hands the same context to all events of a call.
        context["costs"] = (params, self._writes(model.name, params))

    def _after(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        service = model.service_model.service_name
        params, writes = context["costs"]
        if service == "dynamodb":
            self.calls.append(self._dynamodb_call(model.name, params, writes, parsed))
        else:
            self.calls.append(Call(service, model.name, params.get("Bucket", "").removesuffix("-bucket")))

    def _dynamodb_call(
        self, operation: str, params: dict[str, Any], writes: list[_Write], parsed: dict[str, Any]
    ) -> Call:
        if writes:
            return self._write_call(operation, writes, failed="Error" in parsed)
        if operation == "BatchGetItem":
            return self._batch_get_call(params, parsed)
        table, consistent = params["TableName"], params.get("ConsistentRead", False)
        if operation == "GetItem":
            size = item_bytes(parsed.get("Item", {}))
            return Call(
                "dynamodb", operation, _shown(table), read_units=read_units(size, consistent=consistent)
            )
        assert operation == "Query", f"no units are known of {operation}"
        index = params.get("IndexName")
        size = sum(map(item_bytes, self._queried(params, parsed)))
        target = f"{_shown(table)}.{index}" if index else _shown(table)
        return Call("dynamodb", operation, target, read_units=read_units(size, consistent=consistent))

    def _batch_get_call(self, params: dict[str, Any], parsed: dict[str, Any]) -> Call:
        ((table, wanted),) = params["RequestItems"].items()
        consistent = wanted.get("ConsistentRead", False)
        found = parsed["Responses"].get(table, [])
        missing = len(wanted["Keys"]) - len(found)
        units = sum(read_units(item_bytes(item), consistent=consistent) for item in found)
        units += missing * read_units(0, consistent=consistent)
        return Call("dynamodb", "BatchGetItem", _shown(table), len(wanted["Keys"]), units)

    def _queried(self, params: dict[str, Any], parsed: dict[str, Any]) -> list[Item]:
        if params.get("Select") == "COUNT":
            again: Any = self._plain.query(**{name: v for name, v in params.items() if name != "Select"})
            parsed = again
        if "IndexName" not in params:
            return list(parsed["Items"])
        (index,) = (i for i in self._schema(params["TableName"])[1] if i.name == params["IndexName"])
        return [view for item in parsed["Items"] if (view := index.view(item)) is not None]

    def _write_call(self, operation: str, writes: list[_Write], *, failed: bool) -> Call:
        table_units = 0
        index_units: dict[str, int] = {}
        for write in writes:
            if failed:
                # A condition that does not hold costs what the write would have, and nothing in the indexes.
                table_units += write_units(write.old, write.put)
                continue
            new = write.put or self._item(write.table, write.key)
            table_units += write_units(write.old, new)
            for index in self._schema(write.table)[1]:
                units = index.write_units(write.old, new)
                if units:
                    index_units[index.name] = index_units.get(index.name, 0) + units
        if operation == "TransactWriteItems":
            # Of the table alone: its indexes follow as ever (measured on AWS:
            # https://github.com/nubo-db/dynoxide/pull/188).
            table_units *= 2
        tables = " and ".join(sorted({_shown(write.table) for write in writes}))
        return Call("dynamodb", operation, tables, len(writes), 0, table_units, index_units)

    def _writes(self, operation: str, params: dict[str, Any]) -> list[_Write]:
        match operation:
            case "PutItem" | "UpdateItem" | "DeleteItem":
                parts = [(params["TableName"], params)]
            case "BatchWriteItem":
                parts = [
                    (table, request)
                    for table, requests in params["RequestItems"].items()
                    for wrapped in requests
                    for request in wrapped.values()
                ]
            case "TransactWriteItems":
                parts = [
                    (part["TableName"], part)
                    for wrapped in params["TransactItems"]
                    for part in wrapped.values()
                ]
            case _:
                return []
        return [self._write(table, part) for table, part in parts]

    def _write(self, table: str, part: dict[str, Any]) -> _Write:
        put = part.get("Item")
        key = part["Key"] if put is None else {name: put[name] for name in self._schema(table)[0]}
        return _Write(table, key, put, self._item(table, key))

    def _item(self, table: str, key: Item) -> Item | None:
        found: Any = self._plain.get_item(TableName=table, Key=dict(key), ConsistentRead=True)
        item: Item | None = found.get("Item")
        return item

    def _describe(self, table: str) -> tuple[tuple[str, ...], list[Index]]:
        """The names of a table's keys, and its indexes."""
        described: Any = self._plain.describe_table(TableName=table)["Table"]
        keys = _names(described)
        indexes = []
        for index in described.get("GlobalSecondaryIndexes", []):
            projection = index["Projection"]
            attributes = None
            if projection["ProjectionType"] != "ALL":
                attributes = frozenset((*keys, *_names(index), *projection.get("NonKeyAttributes", ())))
            indexes.append(Index(index["IndexName"], _names(index), attributes))
        return keys, indexes


_EVENT_NAMES = {
    "dynamodb": "dynamodb",
    "s3": "s3",
    "stepfunctions": "sfn",
    "sqs": "sqs",
    "secretsmanager": "secrets-manager",
    "ssm": "ssm",
}


def _names(schema: dict[str, Any]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in schema["KeySchema"])


def _shown(table: str) -> str:
    return table.removesuffix("Table").lower()
