"""`python -m tools.node_types` writes `docs/node-types.md`: all fields of a definition, by its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.field_types import inner_objects, type_text
from tools.markdown import DOCS, ROOT, document, table
from workflows.compiler.fields import Schema
from workflows.compiler.node_types import NODE_TYPES, names_of
from workflows.compiler.node_types.agent import is_tool
from workflows.compiler.node_types.kind import INLINE, NodeType
from workflows.compiler.schemas import definition_schema

PATH = DOCS / "node-types.md"

_WIDTH = 110
_INTRODUCTION = """\
# Node types

Every field of a definition, made by `python -m tools.node_types` from the
[JSON Schema](definition.schema.json) that editors read. How they work together, and what types do beyond
their fields, is in the [guide](definition.md). "Or an expression" stands where a value may be one
[`{{ expression }}`](definition.md#expressions), and is checked once it is known; expressions within text may
stand anywhere in a config. Where a default is empty, the field may be left out. What a node costs beside its
state transitions is in [costs.md](costs.md#nodes).
"""
_TRANSITIONS = {
    "no": "a Task, which neighbours that its function can run share",
    "wait": "a Task, shared with the nodes before it that can be, and a `Wait`; what follows is another Task",
    "token": "a Task that waits without cost, and comes again when a child has ended or its time is over;"
    " what follows is another Task",
    "loop": "two or three, and those of its body, for [each batch, item or turn](definition.md#loops)",
}


def render() -> str:
    """The text of `docs/node-types.md`."""
    schema = definition_schema()
    node = schema["$defs"]["node"]
    lines = [_INTRODUCTION, "## Definition", "", *_fields(schema), "", "## Edges", ""]
    lines += [*_fields(schema["$defs"]["edge"]), "", "## Nodes of any type", "", *_fields(node), ""]
    lines += ["## Types", "", *_overview(), ""]
    for kind, of_type in zip(NODE_TYPES.values(), node["allOf"], strict=True):
        lines += [*_section(kind, of_type["then"]["properties"]["config"]), ""]
    return document(lines[:-1])


def _overview() -> list[str]:
    rows = ((f"[`{kind.name}`](#{kind.name})", kind.summary) for kind in NODE_TYPES.values())
    return table("type", "does", rows=rows)


def _section(kind: NodeType, config: Schema) -> Iterator[str]:
    yield from (f"### `{kind.name}`", "", kind.description, "")
    others = [f"`{name}`" for name in names_of(kind)[1:]]
    if others:
        yield from (f"Also called {', '.join(others)}.", "")
    fields = list(_fields(next(iter(config.get("anyOf", [config])))))
    yield from ([*fields, ""] if len(fields) > 2 else ["It has no config.", ""])
    yield from (f"- {name}: {text}." for name, text in _facts(kind))
    path, example = _example(kind)
    yield from ("", f"As in [{path.name}](../examples/{path.name}):", "", "```json", _dumped(example), "```")


def _facts(kind: NodeType) -> Iterator[tuple[str, str]]:
    if kind.handles:
        handles = [f"`{name}`" for name in kind.handles({})] or ["one for each case, and the default's"]
        yield "Handles", ", ".join(handles)
    if kind.suspension == "no" and kind.function != INLINE and "timeout_seconds" not in kind.fields:
        yield "Time", f"a try takes at most {kind.bound_seconds({}):g} seconds"
    is_inline = kind.function == INLINE and kind.suspension == "no"
    yield (
        "State transitions",
        "none: it rides in a neighbour's Task" if is_inline else _TRANSITIONS[kind.suspension],
    )
    yield "Secrets", "its config may name them" if kind.takes_secrets else "none may be named in its config"
    if is_tool(kind):
        yield "Tool", "an [agent](#agent) may have it as one"


def _fields(schema: Schema) -> list[str]:
    return table("field", "value", "default", "meaning", rows=_rows(schema, ""))


def _rows(schema: Schema, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        default = "required" if name in required else _default(field)
        yield f"`{prefix}{name}`", type_text(field), default, field["description"]
        inner = list(inner_objects(field))
        if len(inner) > 1:
            yield from _variant_rows([each for _, each in inner], f"{prefix}{name}.")
        else:
            for suffix, each in inner:
                yield from _rows(each, f"{prefix}{name}{suffix}.")


def _variant_rows(variants: list[Schema], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    """The fields of an object that is one of several, by its `type`."""
    names = [each["properties"]["type"]["enum"][0] for each in variants]
    about = variants[0]["properties"]["type"]["description"]
    yield f"`{prefix}type`", ", ".join(f"`{name}`" for name in names), "required", about
    for name, variant in zip(names, variants, strict=True):
        for field, value, default, meaning in _rows(variant, prefix):
            if field != f"`{prefix}type`":
                yield field, value, default, f"Of `{name}`: {meaning[0].lower()}{meaning[1:]}"


def _default(field: Schema) -> str:
    default = field.get("default")
    return "" if default is None else f"`{json.dumps(default)}`"


def _example(kind: NodeType) -> tuple[Path, Any]:
    """The fullest node of a type among the examples."""
    found = [
        (len(json.dumps(node)), path, node)
        for path in sorted((ROOT / "examples").glob("*.json"))
        for node in _nodes(json.loads(path.read_text(encoding="utf-8")))
        if node["type"] == kind.name and "position" not in node
    ]
    _, path, node = max(found, key=lambda each: each[0])
    return path, node


def _nodes(graph: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for node in graph["nodes"]:
        yield node
        yield from _nodes((node.get("config") or {}).get("body", {"nodes": []}))


def _dumped(value: Any, indent: int = 0) -> str:
    """JSON in which what fits into a line is one."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) + indent <= _WIDTH - 20 or not value or not isinstance(value, (dict, list)):
        return text
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{pad}{json.dumps(key)}: {_dumped(part, indent + 2)}" for key, part in value.items()]
    else:
        parts = [pad + _dumped(part, indent + 2) for part in value]
    brackets = "{}" if isinstance(value, dict) else "[]"
    return f"{brackets[0]}\n" + ",\n".join(parts) + f"\n{' ' * indent}{brackets[1]}"


def main() -> None:
    """Write the document."""
    PATH.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
