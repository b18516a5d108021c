"""Idempotency keys, in the executions table; DynamoDB's TTL removes them."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.adapters.dynamodb import ConditionFailed, Key, Table


@dataclass(frozen=True, slots=True)
class Claim:
    """What a key stands for.

    Attributes:
        execution_id: The one execution that requests with the key are about.
        fingerprint: Of the request that came first.
    """

    execution_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class IdempotencyStore:
    table: Table

    def claim(self, key: str, claim: Claim, unix_time: int, expires_at: int) -> Claim:
        """Let a key stand for a request, unless it does for another; returns what it stands for then."""
        item = {**_key(key), **_to_item(claim), "expires_at": expires_at}
        try:
            # TTL deletes late: an expired key is as good as none.
            self.table.put(item, "attribute_not_exists(#record) OR #expires_at <= :now", now=unix_time)
        except ConditionFailed as error:
            found = error.item or self.table.get(_key(key), consistent=True)
            if found is None:
                raise
            return Claim(found["claimed_id"], found["fingerprint"])
        return claim

    def forget(self, key: str, execution_id: str) -> None:
        """Let a key stand for nothing, if it stands for this execution."""
        self.table.delete(_key(key), "#claimed_id = :execution_id", execution_id=execution_id)


def _key(key: str) -> Key:
    return {"execution_id": f"idempotency#{key}", "record": "key"}


def _to_item(claim: Claim) -> dict[str, str]:
    return {"claimed_id": claim.execution_id, "fingerprint": claim.fingerprint}
