"""Models as components."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

Schema = dict[str, Any]

_TEMPLATE = "#/components/schemas/{model}"


class Plain(GenerateJsonSchema):
    """Without titles of fields, which say no more than their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (pydantic's signature)
        return False


class _OfAnswers(Plain):
    """Without defaults: nobody has to know what stands for a field that is left out."""

    def default_schema(self, schema: WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])


def model_components(models: Iterable[type[BaseModel]], *, are_answers: bool) -> dict[str, Schema]:
    """The schemas of models and of all that they hold, by name.

    Raises:
        ValueError: There are several models of one name.
    """
    ordered = sorted(models, key=lambda model: model.__name__)
    _, found = models_json_schema(
        # By "validation", what has a default is not required: answers leave out what is not set.
        [(model, "validation") for model in ordered],
        ref_template=_TEMPLATE,
        schema_generator=_OfAnswers if are_answers else Plain,
    )
    components: dict[str, Schema] = found.get("$defs", {})
    # Where names are not enough, pydantic makes them of modules.
    if ambiguous := [name for name in components if "__" in name]:
        raise ValueError(f"these are names of several models: {', '.join(ambiguous)}")
    for schema in components.values():
        schema.pop("title", None)
    return components


def merged(*parts: dict[str, Schema]) -> dict[str, Schema]:
    """All of them.

    Raises:
        ValueError: Two of one name differ.
    """
    whole: dict[str, Schema] = {}
    for part in parts:
        for name, schema in part.items():
            if whole.setdefault(name, schema) != schema:
                raise ValueError(f"there are several schemas of the name {name}")
    return whole
