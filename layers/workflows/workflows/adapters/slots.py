"""Slots: numbered items, each held by the one execution that may run for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.adapters.dynamodb import ConditionFailed, Key, Table, transact
from workflows.domain.execution import EXECUTION_RECORD

_PREFIX = "slot#"
_HELD = "#holder = :execution_id AND #attempt = :held"


@dataclass(frozen=True, slots=True)
class Holder:
    """An attempt of an execution: the next one is another holder, and takes the slot over."""

    execution_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Place:
    """A slot to take: a free one, or the one that an earlier attempt still has."""

    number: int
    instead_of: Holder | None = None


@dataclass(frozen=True, slots=True)
class SlotStore:
    """The slots of a scope are one partition of the executions table."""

    table: Table

    def holders(self, scope: str) -> dict[int, Holder]:
        """Who holds each slot that is taken."""
        items = self.table.iterate(
            "#execution_id = :scope AND begins_with(#record, :prefix)",
            consistent=True,
            scope=_partition(scope),
            prefix=_PREFIX,
        )
        return {
            int(item["record"].removeprefix(_PREFIX)): Holder(item["holder"], item["attempt"])
            for item in items
        }

    def take(self, holder: Holder, places: Mapping[str, Place]) -> bool:
        """Give an attempt that is pending its places, by scope: all of them, or none if one is gone."""
        execution = {"execution_id": holder.execution_id, "record": EXECUTION_RECORD}
        try:
            transact(
                puts=[self._put(scope, place, holder) for scope, place in places.items()],
                checks=[
                    self.table.check_arguments(
                        execution,
                        "#status = :pending AND #attempt = :held",
                        pending="pending",
                        held=holder.attempt,
                    )
                ],
            )
        except ConditionFailed:
            return False
        return True

    def _put(self, scope: str, place: Place, holder: Holder) -> dict[str, Any]:
        item = {**_key(scope, place.number), "holder": holder.execution_id, "attempt": holder.attempt}
        if place.instead_of is None:
            return self.table.put_arguments(item, "attribute_not_exists(#record)")
        former = place.instead_of
        return self.table.put_arguments(item, _HELD, execution_id=former.execution_id, held=former.attempt)

    def free(self, scope: str, number: int, holder: Holder) -> None:
        """Take a slot back from `holder`, if that still has it."""
        self.table.delete(_key(scope, number), _HELD, execution_id=holder.execution_id, held=holder.attempt)


def _key(scope: str, number: int) -> Key:
    return {"execution_id": _partition(scope), "record": f"{_PREFIX}{number:04d}"}


def _partition(scope: str) -> str:
    return f"slots#{scope}"
