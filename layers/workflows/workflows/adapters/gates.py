"""The gates of executions, in the executions table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.adapters.dynamodb import Key, Table
from workflows.domain.gate import Gate, gate_key


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
        return Gate.from_item(item)

    def read(self, execution_id: str, path: str, gate_ids: Sequence[str]) -> list[Gate]:
        """The gates at which a Task waits by now, in no order."""
        keys: list[Key] = [
            {"execution_id": execution_id, "record": gate_key(path, gate_id)} for gate_id in gate_ids
        ]
        return [Gate.from_item(item) for item in self.table.batch_get(keys, consistent=True)]
