"""The schema of a workflow's inputs: JSON Schema, draft 2020-12 (https://json-schema.org/draft/2020-12).

Its `default`s fill in properties that are not given, also in objects within. `format` is no condition, as by
default in that draft. References stay within the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING

from workflows.domain.errors import Problem
from workflows.domain.payload import encode
from workflows.domain.time_limit import time_limit

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

    from workflows.domain.workflow import JsonValue

MAX_CHARACTERS = 32_000
"""Of a schema as JSON: it is read with each execute."""

CHECK_SECONDS = 2.0
"""How long a check may take: patterns and references can be made to go on for ever."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MAX_PROBLEMS = 100
_MAX_MESSAGE_CHARACTERS = 300


def schema_problems(schema: dict[str, JsonValue], pointer: str) -> list[Problem]:
    """What is wrong with a schema; nothing if inputs can be checked by it.

    Args:
        pointer: Where it stands in the definition.
    """
    from jsonschema import Draft202012Validator

    if schema.get("$schema", _DIALECT) != _DIALECT:
        return [Problem(f"{pointer}/$schema", f"the only dialect is {_DIALECT}")]
    if len(encode(schema)) > MAX_CHARACTERS:
        return [Problem(pointer, f"it has at most {MAX_CHARACTERS} characters of JSON")]
    meta = Draft202012Validator(
        Draft202012Validator.META_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    try:
        with time_limit(CHECK_SECONDS):
            # References are looked for in what is a schema.
            return _problems(meta, schema, pointer) or list(_reference_problems(schema, pointer))
    except (TimeoutError, RecursionError):
        return [Problem(pointer, "it takes too long to check")]


def input_problems(schema: dict[str, JsonValue], inputs: JsonValue, pointer: str) -> list[Problem]:
    """What is wrong with inputs, or with any other value, by a schema without problems.

    Args:
        pointer: Where they stand in the body.
    """
    try:
        with time_limit(CHECK_SECONDS):
            return _problems(_validator(schema), inputs, pointer)
    except (TimeoutError, RecursionError):
        return [Problem(pointer, "takes too long to check by the schema")]


def with_defaults(schema: JsonValue, value: JsonValue) -> JsonValue:
    """A value with the defaults of properties that it lacks."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(value, dict) or not isinstance(properties, dict):
        return value
    filled = dict(value)
    for name, described in properties.items():
        if name not in filled and isinstance(described, dict) and "default" in described:
            filled[name] = deepcopy(described["default"])
        if name in filled:
            filled[name] = with_defaults(described, filled[name])
    return filled


def _validator(schema: dict[str, JsonValue]) -> Draft202012Validator:
    from jsonschema import Draft202012Validator
    from referencing.jsonschema import EMPTY_REGISTRY

    # With a registry of its own the library fetches no reference from the network, which it does by default.
    return Draft202012Validator(schema, registry=EMPTY_REGISTRY)


def _problems(validator: Draft202012Validator, value: JsonValue, pointer: str) -> list[Problem]:
    """At most so many, in the order of places: the library's own is another in each process."""
    found: set[Problem] = set()  # Several parts of a schema may say the same.
    for error in validator.iter_errors(value):
        found.add(Problem(pointer + _pointer(error), error.message[:_MAX_MESSAGE_CHARACTERS]))
        if len(found) == _MAX_PROBLEMS:
            break
    return sorted(found, key=lambda problem: (problem.pointer, problem.detail))


def _pointer(error: ValidationError) -> str:
    return "".join(f"/{_escaped(part)}" for part in error.absolute_path)


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _reference_problems(schema: dict[str, JsonValue], pointer: str) -> Iterator[Problem]:
    """References that lead nowhere, or out of the schema."""
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY

    resource = DRAFT202012.create_resource(schema)
    resolver = EMPTY_REGISTRY.with_resource("", resource).crawl().resolver()
    for place, keyword, reference in _references(schema, pointer):
        if keyword == "$id":
            yield Problem(f"{place}/$id", "is not supported: references are within the schema")
            continue
        if not reference.startswith("#"):
            yield Problem(f"{place}/{keyword}", "it leads out of the schema: references begin with '#'")
            continue
        try:
            resolver.lookup(reference)
        except (Unresolvable, ValueError, TypeError, KeyError):
            yield Problem(f"{place}/{keyword}", "there is nothing in the schema that it leads to")


def _references(value: JsonValue, place: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name in ("$id", "$ref", "$dynamicRef") and isinstance(each, str):
                yield place, name, each
            elif name not in ("const", "enum", "default", "examples"):
                yield from _references(each, f"{place}/{_escaped(name)}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _references(each, f"{place}/{number}")
