"""`switch`: chooses the first case that holds."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.fields import Check, Field, list_of, object_of, read_fields, text, whole_expression
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.domain.errors import Problem
from workflows.domain.workflow import ERROR_HANDLE, JsonValue

_name = text(1, 64)


def _case_name_fault(value: JsonValue) -> str | None:
    if value == ERROR_HANDLE:
        return f"must not be {ERROR_HANDLE!r}, the handle for failures"
    return _name(value)


_case_name = Check(_case_name_fault, {**_name.schema, "not": {"const": ERROR_HANDLE}})

_CASE_FIELDS = {
    "case": Field(_case_name, "The handle.", required=True),
    "when": Field(whole_expression, "Whether it is chosen.", required=True),
}


def _cases_fault(value: JsonValue) -> str | None:
    return None if isinstance(value, list) and value else "must be an array of at least one {case, when}"


_cases = Check(_cases_fault, {**list_of(object_of(_CASE_FIELDS)), "minItems": 1})


def _rules(config: Config) -> Iterator[Problem]:
    given = config.get("cases")
    seen: set[str] = set()
    for i, case in enumerate(given if isinstance(given, list) else ()):
        pointer = f"/cases/{i}"
        if not isinstance(case, dict):
            yield Problem(pointer, "a case must be an object {case, when}")
            continue
        values, problems = read_fields(case, _CASE_FIELDS, pointer)
        yield from problems
        name = values.get("case")
        if name in seen:
            yield Problem(f"{pointer}/case", f"another case is {name!r} already")
        elif name is not None:
            seen.add(name)


def _handles(config: Config) -> tuple[str, ...]:
    given = config.get("cases")
    named = [case.get("case") for case in given if isinstance(case, dict)] if isinstance(given, list) else []
    return tuple(name for name in (*named, config.get("default")) if isinstance(name, str))


SWITCH = NodeType(
    "switch",
    "Chooses the handle of the first case whose expression is true, or the default.",
    "its input",
    {
        "cases": Field(_cases, "What may hold, in order.", required=True),
        "default": Field(
            _case_name, "The handle if no case holds; without it only plain edges are live then."
        ),
    },
    handles=_handles,
    rules=_rules,
)
