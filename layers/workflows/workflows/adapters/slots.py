"""Slots: numbered items, each held by the one execution that may run for it."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.adapters.dynamodb import ConditionFailed, Table

_PREFIX = "slot#"


@dataclass(frozen=True, slots=True)
class SlotStore:
    """The slots of a scope are one partition of the executions table."""

    table: Table

    def holders(self, scope: str) -> dict[int, str]:
        """The execution that holds each slot which is taken."""
        items = self.table.iterate(
            "#execution_id = :scope AND begins_with(#record, :prefix)",
            consistent=True,
            scope=_partition(scope),
            prefix=_PREFIX,
        )
        return {int(item["record"].removeprefix(_PREFIX)): item["holder"] for item in items}

    def take(self, scope: str, number: int, execution_id: str) -> bool:
        """Give a free slot to an execution; False if another was faster."""
        item = {"execution_id": _partition(scope), "record": f"{_PREFIX}{number:04d}", "holder": execution_id}
        try:
            self.table.put(item, "attribute_not_exists(#record)")
        except ConditionFailed:
            return False
        return True

    def free(self, scope: str, number: int, execution_id: str) -> None:
        """Take a slot back from an execution, if that still holds it."""
        key = {"execution_id": _partition(scope), "record": f"{_PREFIX}{number:04d}"}
        self.table.delete(key, "#holder = :execution_id", execution_id=execution_id)


def _partition(scope: str) -> str:
    return f"slots#{scope}"
