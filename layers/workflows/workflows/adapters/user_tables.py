"""DynamoDB tables of the users: what nodes read and write there, as JSON.

Expressions are made here, of placeholders alone: no text of a user's is part of one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from workflows.adapters.attribute_values import AttributeValue
from workflows.adapters.clients import client
from workflows.adapters.json_items import from_json_item, to_json_attribute, to_json_item
from workflows.adapters.refusals import Refusals
from workflows.domain.errors import NodeError
from workflows.domain.workflow import JsonValue

Record = dict[str, JsonValue]
Condition = Literal["absent", "present"]

_SORT_EXPRESSIONS = {
    "equals": "#s = :s0",
    "less_than": "#s < :s0",
    "less_or_equal": "#s <= :s0",
    "greater_than": "#s > :s0",
    "greater_or_equal": "#s >= :s0",
    "between": "#s BETWEEN :s0 AND :s1",
    "begins_with": "begins_with(#s, :s0)",
}
"""By operator (`SORT_OPERATORS`): what is asked of a sort key."""

MAX_PAGES = 5
"""Of an answer, each of at most 1 MB."""

_REFUSALS = Refusals(
    "database",
    {
        "AccessDeniedException": ("forbidden", "is not open to the deployment's role"),
        "ConditionalCheckFailedException": ("condition_failed", "has another item than the condition is for"),
        "ResourceNotFoundException": ("table_not_found", "is not there"),
    },
    frozenset(
        {
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
            "TransactionConflictException",
            "ReplicatedWriteConflictException",
        }
    ),
    # All of them are ValidationException: keys that are not the table's.
    dict.fromkeys(
        (
            "key element does not match",
            "Missing the key",
            "Type mismatch for",
            "cannot contain an empty string",
            "missed key schema element",
            "Query key condition not supported",
            "number of conditions on the keys",
        ),
        "key_invalid",
    ),
)


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of a table or index.

    Attributes:
        partition: Name and value of its partition key.
        sort: Name, operator and values (two of `between`, else one) of its sort key.
        start: Where an earlier answer ended, by its `next`.
    """

    partition: tuple[str, JsonValue]
    sort: tuple[str, str, list[JsonValue]] | None
    index: str | None
    is_descending: bool
    limit: int
    start: str | None
    is_consistent: bool


@dataclass(frozen=True, slots=True)
class UserTable:
    """A table by its name. Each call raises NodeError, retryable where another try may succeed."""

    name: str

    def get(self, key: Record, *, consistent: bool) -> Record | None:
        with _told(self.name):
            answer = client("dynamodb").get_item(
                TableName=self.name, Key=to_json_item(key), ConsistentRead=consistent
            )
        return from_json_item(answer["Item"]) if "Item" in answer else None

    def put(self, item: Record, condition: Condition | None) -> None:
        """Write an item in the place of the one that has its key."""
        with _told(self.name):
            arguments = {"TableName": self.name, "Item": to_json_item(item)}
            client("dynamodb").put_item(**arguments, **self._condition(condition, None))

    def delete(self, key: Record, condition: Condition | None) -> bool:
        """Delete an item: whether there was one."""
        with _told(self.name):
            arguments = {"TableName": self.name, "Key": to_json_item(key), "ReturnValues": "ALL_OLD"}
            answer = client("dynamodb").delete_item(**arguments, **self._condition(condition, key))
        return "Attributes" in answer

    def query(self, query: Query) -> tuple[list[Record], str | None]:
        """The items in order, at most `limit` and 5 MB, and where to go on if there may be more."""
        arguments = self._query_arguments(query)
        items: list[Record] = []
        for _ in range(MAX_PAGES):
            with _told(self.name):
                page = client("dynamodb").query(**arguments, Limit=query.limit - len(items))
            items += [from_json_item(item) for item in page["Items"]]
            last = page.get("LastEvaluatedKey")
            if last is None:
                return items, None
            arguments["ExclusiveStartKey"] = last
            if len(items) >= query.limit:
                break
        return items, _cursor(arguments["ExclusiveStartKey"])

    def _condition(self, condition: Condition | None, key: Record | None) -> dict[str, Any]:
        if condition is None:
            return {}
        name = next(iter(key)) if key else _partition_key(self.name)
        function = "attribute_not_exists" if condition == "absent" else "attribute_exists"
        return {
            "ConditionExpression": f"{function}(#key)",
            "ExpressionAttributeNames": {"#key": name},
        }

    def _query_arguments(self, query: Query) -> dict[str, Any]:
        with _told(self.name):
            name, value = query.partition
            expression, names, values = "#p = :p", {"#p": name}, {":p": to_json_attribute(value)}
            if query.sort:
                sort_name, operator, bounds = query.sort
                expression += f" AND {_SORT_EXPRESSIONS[operator]}"
                names["#s"] = sort_name
                values |= {f":s{number}": to_json_attribute(bound) for number, bound in enumerate(bounds)}
            arguments: dict[str, Any] = {
                "TableName": self.name,
                "KeyConditionExpression": expression,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
                "ScanIndexForward": not query.is_descending,
                "ConsistentRead": query.is_consistent,
            }
        if query.index:
            arguments["IndexName"] = query.index
        if query.start:
            arguments["ExclusiveStartKey"] = _start_key(query.start)
        return arguments


@lru_cache(maxsize=100)
def _partition_key(table: str) -> str:
    """The name of a table's partition key, by which a condition tells whether an item is there."""
    schema = client("dynamodb").describe_table(TableName=table)["Table"]["KeySchema"]
    name: str = next(each["AttributeName"] for each in schema if each["KeyType"] == "HASH")
    return name


def _cursor(key: Mapping[str, AttributeValue]) -> str:
    shown = {
        name: {kind: base64.b64encode(value).decode() if kind == "B" else value}
        for name, attribute in key.items()
        for kind, value in attribute.items()
    }
    return base64.urlsafe_b64encode(json.dumps(shown, separators=(",", ":")).encode()).decode()


def _start_key(cursor: str) -> dict[str, AttributeValue]:
    """The key of a cursor, checked by its form alone: a wrong one leads nowhere but to this table."""
    try:
        found = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        return {
            str(name): {kind: base64.b64decode(text) if kind == "B" else text}
            for name, attribute in found.items()
            for kind, text in attribute.items()
            if isinstance(text, str) and kind in ("S", "N", "B")
        }
    except (ValueError, AttributeError, RecursionError):
        raise NodeError("database_start_invalid", "query.start must be the next of an answer") from None


@contextmanager
def _told(table: str) -> Iterator[None]:
    """Tell as a NodeError why a call failed, or a value has no counterpart in DynamoDB."""
    try:
        with _REFUSALS.told(f"the table {table}"):
            yield
    except ValueError as error:
        raise NodeError("database_value_invalid", f"a value {error}") from error
