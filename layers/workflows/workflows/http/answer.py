"""The base of what callers get."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Answer(BaseModel):
    """Fields that are not set are left out of the JSON; those set to None are null."""

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)
