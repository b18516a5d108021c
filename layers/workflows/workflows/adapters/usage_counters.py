"""Counters of what callers ask for, in the access table; DynamoDB's TTL removes those that are over."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.adapters.attribute_values import from_item, to_attribute, to_item
from workflows.adapters.clients import client
from workflows.adapters.dynamodb import ConditionFailed, Key, Table

_RECORD = "counter"
_KEPT_SECONDS = 3_600
"""After its end, for whoever looks into what happened."""


@dataclass(frozen=True, slots=True)
class UsageCounters:
    table: Table

    def count(self, counter: str, ends_at: int) -> int:
        """Count one more; returns how many there are now, this one included.

        It is tried once: a call made again after a lost answer would count twice.

        Args:
            ends_at: Unix time at which the counter is of no use any more.
        """
        answer = client("dynamodb", once=True).update_item(
            TableName=self.table.name,
            Key=to_item(_key(counter)),
            UpdateExpression="ADD #used :one SET #expires_at = :expires_at",
            ExpressionAttributeNames={"#used": "used", "#expires_at": "expires_at"},
            ExpressionAttributeValues={
                ":one": to_attribute(1),
                ":expires_at": to_attribute(ends_at + _KEPT_SECONDS),
            },
            ReturnValues="UPDATED_NEW",
        )
        used: int = from_item(answer["Attributes"])["used"]
        return used

    def take(self, counter: str, limit: int, ends_at: int) -> bool:
        """Count one more if there are fewer than `limit`; returns whether there were."""
        try:
            self.table.update(
                _key(counter),
                "ADD #used :one SET #expires_at = :expires_at",
                "attribute_not_exists(#used) OR #used < :limit",
                one=1,
                expires_at=ends_at + _KEPT_SECONDS,
                limit=limit,
            )
        except ConditionFailed:
            return False
        return True


def _key(counter: str) -> Key:
    return {"id": counter, "record": _RECORD}
