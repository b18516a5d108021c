"""The gates of executions, in the executions table."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from workflows.adapters.dynamodb import ConditionFailed, Item, Key, Table
from workflows.domain.gate import GATE_PREFIX, LOOP_GATE_PREFIX, Gate, gate_key

_MAX_TOKENS = 20


@dataclass(frozen=True, slots=True)
class GateStore:
    table: Table

    def add_token(
        self, execution_id: str, path: str, gate_id: str, awaits: Sequence[str], token: str
    ) -> Gate:
        """Let one more Task wait at a gate; returns the gate with all that do."""
        item = self.table.update(
            {"execution_id": execution_id, "record": gate_key(path, gate_id)},
            "SET #gate_id = :gate_id, #path = :path, #awaits = :awaits, "
            "#tokens = list_append(if_not_exists(#tokens, :none), :tokens)",
            gate_id=gate_id,
            path=path,
            awaits=list(awaits),
            none=[],
            tokens=[token],
        )
        self._prune(item)
        return Gate.from_item(item)

    def _prune(self, item: Item) -> None:
        """Forget the oldest tokens of a gate that was waited at many times: their Tasks are long over."""
        tokens = item["tokens"]
        if len(tokens) > _MAX_TOKENS:
            with suppress(ConditionFailed):
                self.table.update(
                    {"execution_id": item["execution_id"], "record": item["record"]},
                    "SET #tokens = :kept",
                    "size(#tokens) = :count",
                    kept=tokens[-_MAX_TOKENS // 2 :],
                    count=len(tokens),
                )

    def all(self, execution_id: str) -> list[Gate]:
        """Every gate at which a Task has waited."""
        return [
            Gate.from_item(item)
            for prefix in (GATE_PREFIX, LOOP_GATE_PREFIX)
            for item in self.table.iterate(
                "#execution_id = :execution_id AND begins_with(#record, :prefix)",
                consistent=True,
                execution_id=execution_id,
                prefix=prefix,
            )
        ]

    def within(self, execution_id: str, path: str, limit: int) -> list[Gate]:
        """Gates in loops, at most `limit`, whose paths begin with `path`."""
        items = self.table.iterate(
            "#execution_id = :execution_id AND begins_with(#record, :prefix)",
            page_items=limit,
            consistent=True,
            execution_id=execution_id,
            prefix=f"{LOOP_GATE_PREFIX}{path}",
        )
        return [Gate.from_item(item) for item in islice(items, limit)]

    def delete(self, gate: Gate) -> None:
        """Forget a gate, and the tokens of the Tasks that waited there."""
        key = {"execution_id": gate.execution_id, "record": gate_key(gate.path, gate.gate_id)}
        self.table.delete(key, "attribute_exists(#record)")

    def read(self, execution_id: str, path: str, gate_ids: Sequence[str]) -> list[Gate]:
        """The gates at which a Task waits by now, in no order."""
        keys: list[Key] = [
            {"execution_id": execution_id, "record": gate_key(path, gate_id)} for gate_id in gate_ids
        ]
        return [Gate.from_item(item) for item in self.table.batch_get(keys, consistent=True)]
