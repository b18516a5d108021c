"""The access table: bearer tokens by the hash of their text."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.adapters.dynamodb import Table
from workflows.domain.access import Token


@dataclass(frozen=True, slots=True)
class TokenStore:
    table: Table

    def find(self, token_hash: str) -> Token | None:
        item = self.table.get({"id": Token.key(token_hash)})
        return Token.from_item(item) if item else None
