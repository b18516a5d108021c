"""Slots: numbered items, each held by the one execution that may run for it."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.adapters.dynamodb import ConditionFailed, Key, Table

_PREFIX = "slot#"
_HELD = "#holder = :execution_id AND #attempt = :held"


@dataclass(frozen=True, slots=True)
class Holder:
    """An attempt of an execution: the next one is another holder, and takes the slot over."""

    execution_id: str
    attempt: int


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

    def take(self, scope: str, number: int, holder: Holder, instead_of: Holder | None = None) -> bool:
        """Give a slot that is free, or that `instead_of` has, to `holder`; False if another was faster."""
        item = {**_key(scope, number), "holder": holder.execution_id, "attempt": holder.attempt}
        try:
            if instead_of is None:
                self.table.put(item, "attribute_not_exists(#record)")
            else:
                self.table.put(item, _HELD, execution_id=instead_of.execution_id, held=instead_of.attempt)
        except ConditionFailed:
            return False
        return True

    def free(self, scope: str, number: int, holder: Holder) -> None:
        """Take a slot back from `holder`, if that still has it."""
        self.table.delete(_key(scope, number), _HELD, execution_id=holder.execution_id, held=holder.attempt)


def _key(scope: str, number: int) -> Key:
    return {"execution_id": _partition(scope), "record": f"{_PREFIX}{number:04d}"}


def _partition(scope: str) -> str:
    return f"slots#{scope}"
