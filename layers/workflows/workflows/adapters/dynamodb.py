"""A DynamoDB table, in plain Python values, with the few calls that our stores are made of.

In expressions `#name` stands for the attribute `name` and `:name` for the value given under that name;
the placeholder maps are derived.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from workflows.adapters.attribute_values import from_item, to_attribute, to_item
from workflows.adapters.clients import client
from workflows.domain.errors import Unavailable

Item = dict[str, Any]
Key = dict[str, str]

BATCH_GET_KEYS = 100
BATCH_WRITE_ITEMS = 25
_ROUNDS = 8


class ConditionFailed(Exception):
    """A conditional write found another state than it was meant for; nothing was written.

    Attributes:
        item: The item as it stood; None where there was none (or in a transaction).
    """

    def __init__(self, item: Item | None = None) -> None:
        super().__init__("the condition of a write did not hold")
        self.item = item


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its name."""

    name: str

    def get(self, key: Key, *, consistent: bool = False) -> Item | None:
        answer = client("dynamodb").get_item(TableName=self.name, Key=to_item(key), ConsistentRead=consistent)
        return from_item(answer["Item"]) if "Item" in answer else None

    def put(self, item: Item, condition: str = "", **values: Any) -> None:
        """Write `item`, replacing what is there.

        Raises:
            ConditionFailed: `condition` did not hold.
        """
        _conditional("put_item", self.put_arguments(item, condition, **values))

    def put_arguments(self, item: Item, condition: str = "", **values: Any) -> dict[str, Any]:
        """The arguments of a PutItem, also as a part of `transact`."""
        arguments: dict[str, Any] = {"TableName": self.name, "Item": to_item(item)}
        if condition:
            arguments |= {"ConditionExpression": condition, **_placeholders(condition, values)}
        return arguments

    def update(self, key: Key, expression: str, condition: str = "", **values: Any) -> Item:
        """Change attributes of an item and return all of them as they now are.

        Raises:
            ConditionFailed: `condition` did not hold.
        """
        arguments = {**self.update_arguments(key, expression, condition, **values), "ReturnValues": "ALL_NEW"}
        return from_item(_conditional("update_item", arguments)["Attributes"])

    def update_arguments(
        self, key: Key, expression: str, condition: str = "", **values: Any
    ) -> dict[str, Any]:
        """The arguments of an UpdateItem, also as a part of `transact`."""
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "Key": to_item(key),
            "UpdateExpression": expression,
            **_placeholders(f"{expression} {condition}", values),
        }
        return {**arguments, "ConditionExpression": condition} if condition else arguments

    def check_arguments(self, key: Key, condition: str, **values: Any) -> dict[str, Any]:
        """What must hold of an item that is not written, as a part of `transact`."""
        arguments = {"TableName": self.name, "Key": to_item(key), "ConditionExpression": condition}
        return {**arguments, **_placeholders(condition, values)}

    def delete_arguments(self, key: Key) -> dict[str, Any]:
        """The arguments of a DeleteItem, as a part of `transact`."""
        return {"TableName": self.name, "Key": to_item(key)}

    def delete(self, key: Key, condition: str, **values: Any) -> None:
        """Delete an item; where there is none, or `condition` does not hold of it, nothing happens."""
        with suppress(ConditionFailed):
            _conditional("delete_item", self.check_arguments(key, condition, **values))

    def iterate(
        self,
        condition: str,
        *,
        index: str | None = None,
        forward: bool = True,
        page_items: int | None = None,
        only: Sequence[str] = (),
        consistent: bool = False,
        **values: Any,
    ) -> Iterator[Item]:
        """The items whose keys satisfy `condition`, in key order, read page by page as they are asked for.

        Args:
            only: The attributes to give; none: all. What is read, and paid, is all in any case.
        """
        projection = ", ".join(f"#{name}" for name in only)
        arguments = {
            **self._query_arguments(condition, index, values),
            **({"ProjectionExpression": projection} if only else {}),
            "ExpressionAttributeNames": _names(f"{condition} {projection}"),
            "ScanIndexForward": forward,
            "ConsistentRead": consistent,
            **({"Limit": page_items} if page_items else {}),
        }
        start: dict[str, Any] = {}
        while True:
            answer = client("dynamodb").query(**arguments, **start)
            yield from map(from_item, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def count(self, condition: str, *, index: str | None = None, **values: Any) -> int:
        """How many items satisfy `condition`; costs what reading them would."""
        total = 0
        start: dict[str, Any] = {}
        while True:
            answer = client("dynamodb").query(
                **self._query_arguments(condition, index, values), Select="COUNT", **start
            )
            total += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return total
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def batch_get(self, keys: Sequence[Key], *, consistent: bool = False) -> list[Item]:
        """The items that exist among `keys`, in no order.

        Raises:
            Unavailable: The table kept refusing a part of them.
        """
        items: list[Item] = []
        for start in range(0, len(keys), BATCH_GET_KEYS):
            pending: dict[str, Any] = {
                self.name: {
                    "Keys": [to_item(key) for key in keys[start : start + BATCH_GET_KEYS]],
                    "ConsistentRead": consistent,
                }
            }
            for attempt in range(_ROUNDS):
                answer = client("dynamodb").batch_get_item(RequestItems=pending)
                items += [from_item(item) for item in answer["Responses"].get(self.name, [])]
                pending = answer.get("UnprocessedKeys") or {}
                if not pending:
                    break
                back_off(attempt)
            else:
                raise Unavailable(f"the table {self.name} is throttled")
        return items

    def batch_put(self, items: Iterable[Item]) -> None:
        """Write items without conditions, in parts of 25; each write is atomic, the whole is not.

        Raises:
            Unavailable: The table kept refusing a part of them.
        """
        self._batch_write([{"PutRequest": {"Item": to_item(item)}} for item in items])

    def batch_delete(self, keys: Iterable[Key]) -> None:
        """Delete items, as `batch_put` writes them, while their keys come.

        Raises:
            Unavailable: The table kept refusing a part of them.
        """
        left = iter(keys)
        while part := list(islice(left, BATCH_WRITE_ITEMS)):
            self._batch_write([{"DeleteRequest": {"Key": to_item(key)}} for key in part])

    def _batch_write(self, requests: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(requests), BATCH_WRITE_ITEMS):
            pending: dict[str, Any] = {self.name: requests[start : start + BATCH_WRITE_ITEMS]}
            for attempt in range(_ROUNDS):
                answer = client("dynamodb").batch_write_item(RequestItems=pending)
                pending = answer.get("UnprocessedItems") or {}
                if not pending:
                    break
                back_off(attempt)
            else:
                raise Unavailable(f"the table {self.name} is throttled")

    def _query_arguments(
        self, condition: str, index: str | None, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            **_placeholders(condition, values),
        }
        return {**arguments, "IndexName": index} if index else arguments


def transact(
    *,
    puts: Sequence[dict[str, Any]] = (),
    updates: Sequence[dict[str, Any]] = (),
    checks: Sequence[dict[str, Any]] = (),
    deletes: Sequence[dict[str, Any]] = (),
) -> None:
    """Make all writes (of `Table.put_arguments`, `update_arguments` and so on) or none.

    Raises:
        ConditionFailed: A condition did not hold.
        Unavailable: Other writers kept getting in between.
    """
    items = [{"Put": put} for put in puts] + [{"Update": update} for update in updates]
    items += [{"ConditionCheck": check} for check in checks]
    items += [{"Delete": delete} for delete in deletes]
    _conditional("transact_write_items", {"TransactItems": items})


def _conditional(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    if "ConditionExpression" in arguments:
        arguments = {**arguments, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    for attempt in range(_ROUNDS):
        try:
            answer: dict[str, Any] = getattr(client("dynamodb"), operation)(**arguments)
        except ClientError as error:
            response: dict[str, Any] = dict(error.response)
            reasons = {reason.get("Code") for reason in response.get("CancellationReasons", ())}
            code = response["Error"]["Code"]
            if code == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in reasons:
                old = response.get("Item")
                raise ConditionFailed(from_item(old) if old else None) from error
            if code != "TransactionConflictException" and "TransactionConflict" not in reasons:
                raise
            back_off(attempt)
        else:
            return answer
    raise Unavailable("other writers kept changing the same record")


def _placeholders(expression: str, values: Mapping[str, Any]) -> dict[str, Any]:
    names = _names(expression)
    arguments: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
    if values:
        arguments["ExpressionAttributeValues"] = {f":{n}": to_attribute(v) for n, v in values.items()}
    return arguments


def _names(expression: str) -> dict[str, str]:
    return {f"#{name}": name for name in re.findall(r"#(\w+)", expression)}


def back_off(attempt: int) -> None:
    """Wait a random while, longer on average after each further attempt (from 0)."""
    time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 (jitter needs no secrecy)
