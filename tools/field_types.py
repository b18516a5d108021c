"""What a JSON Schema of ours says of a value, in words."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.fields import Schema

_ABOUT = {"description", "default"}
_EXPRESSION_PATTERN = r"\{\{"


def type_text(schema: Schema) -> str:
    """What a value must be."""
    rest = {key: value for key, value in schema.items() if key not in _ABOUT}
    if not rest:
        return "any value"
    if "anyOf" in rest:
        parts = dict.fromkeys(type_text(part) for part in rest["anyOf"] if part != {"type": "null"})
        return " or ".join(parts)
    if "enum" in rest:
        return ", ".join(f"`{choice}`" for choice in _distinct(rest["enum"]))
    if "$ref" in rest:
        return str(rest["$ref"]).rpartition("/")[2]
    if "not" in rest and "type" not in rest:
        return "an expression"
    types = rest["type"] if isinstance(rest["type"], list) else [rest["type"]]
    return " or ".join(_BY_NAME[name](rest) if name in _BY_NAME else _NAMES[name] for name in types)


def inner_objects(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The objects with fields that a value is, or is a list of, each with what stands for the step to it."""
    for part in schema.get("anyOf", [schema]):
        if "properties" in part:
            yield "", part
        elif "items" in part:
            yield from (("[]" + suffix, inner) for suffix, inner in inner_objects(part["items"]))


def _distinct(choices: list[str]) -> list[str]:
    """Without those that differ from another by case alone."""
    seen: dict[str, str] = {}
    for choice in choices:
        seen.setdefault(choice.lower(), choice)
    return list(seen.values())


def _text(schema: Schema) -> str:
    if schema.get("pattern") == _EXPRESSION_PATTERN:
        return "an expression"
    if schema.get("format") == "date-time":
        return "a time"
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if high is not None:
        size = f" of {low} to {high:,} characters" if high > 1 else " of one character"
    else:
        size = ""
    pattern = f" like {_code(schema['pattern'])}" if "pattern" in schema else ""
    return f"text{size}{pattern}"


def _code(pattern: str) -> str:
    """A pattern without what every one begins and ends with, also if it holds a backtick itself."""
    inner = pattern.removeprefix("^").removesuffix("$")
    if inner.startswith("(?:"):
        inner = inner.removeprefix("(?:").removesuffix(")")
    ticks = "``" if "`" in inner else "`"
    return f"{ticks}{inner}{ticks}"


def _number(schema: Schema) -> str:
    name = "whole number" if schema["type"] == "integer" else "number"
    if "maximum" not in schema:
        return name
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    return f"{name} {'above' if 'exclusiveMinimum' in schema else 'from'} {low:,} to {schema['maximum']:,}"


def _array(schema: Schema) -> str:
    low, high = schema.get("minItems"), schema.get("maxItems")
    if low == high and low is not None:
        size = f" of {low}"
    elif high is not None:
        size = f" of {low or 0} to {high}"
    else:
        size = " of one or more" if low else ""
    items = schema.get("items", {})
    if "$ref" in items:
        return f"list of {type_text(items)}s"
    each = (
        f", each {type_text(items)}" if items.keys() & {"type", "enum"} and "properties" not in items else ""
    )
    return f"list{size}{each}"


_NAMES = {"boolean": "`true` or `false`", "object": "object"}
_BY_NAME = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "array": _array,
}
