"""The base of what callers get."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

Absent = SkipJsonSchema[None]
"""Of a field that is left out or has a value, and is never null."""
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Url = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]


class Answer(BaseModel):
    """Fields that are not set are left out of the JSON; those set to None are null."""

    # A function makes few of the models that it imports: no other is worth the time at a cold start.
    model_config = ConfigDict(defer_build=True)

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)
