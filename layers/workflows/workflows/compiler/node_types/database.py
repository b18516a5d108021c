"""`database`: reads and writes items of DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.fields import (
    Check,
    Field,
    Fields,
    a_boolean,
    an_object,
    integer,
    list_of,
    object_of,
    one_of,
    or_expression,
    read_fields,
    text,
)
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.compiler.node_types.operations import operation_rules
from workflows.domain.allow_lists import TABLE_NAME
from workflows.domain.errors import Problem
from workflows.domain.records import SORT_OPERATORS, key_value_fault, record_fault
from workflows.domain.workflow import JsonValue

_SECONDS = 30.0

_attribute_name = text(1, 255)
_record = Check(record_fault, {"type": "object", "minProperties": 1})
_key_value = Check(key_value_fault, {"type": ["string", "number"]})


def _key_fault(value: JsonValue) -> str | None:
    if not isinstance(value, dict) or not 1 <= len(value) <= 2:
        return "must be an object of one or two key attributes"
    if fault := record_fault(value):
        return fault
    faults = (f"has {name!r}, which {found}" for name, part in value.items() if (found := _key_part(part)))
    return next(faults, None)


_key_part = or_expression(_key_value)
_key = Check(_key_fault, {"type": "object", "minProperties": 1, "maxProperties": 2})


def _values_fault(value: JsonValue) -> str | None:
    is_pair = isinstance(value, list) and len(value) == 2
    return None if is_pair else "must be an array of two values, between which to look"


_values = Check(_values_fault, {**list_of({}), "minItems": 2, "maxItems": 2})

_PARTITION_FIELDS: Fields = {
    "name": Field(_attribute_name, "The partition key's name.", required=True),
    "value": Field(_key_part, "Its value.", required=True),
}
_SORT_FIELDS: Fields = {
    "name": Field(_attribute_name, "The sort key's name.", required=True),
    "operator": Field(one_of(*SORT_OPERATORS), "How to compare.", required=True),
    "value": Field(_key_part, "What to compare with."),
    "values": Field(or_expression(_values), "Of between: the least and the greatest."),
}


def _object(fields: Fields) -> Check:
    return Check(an_object.fault, object_of(fields))


_QUERY_FIELDS: Fields = {
    "partition": Field(_object(_PARTITION_FIELDS), "The items of one partition key.", required=True),
    "sort": Field(_object(_SORT_FIELDS), "Which of them, by the sort key."),
    "index": Field(text(3, 255, TABLE_NAME), "An index of the table, whose keys then count."),
    "descending": Field(a_boolean, "Whether the greatest sort key comes first.", default=False),
    "limit": Field(or_expression(integer(1, 1_000)), "How many items at most.", default=100),
    "start": Field(or_expression(text()), "The `next` of the query to go on from.", default=None),
}

_by_operation = operation_rules(
    {
        "get": (("key",), ("consistent",)),
        "put": (("item",), ("if",)),
        "delete": (("key",), ("if",)),
        "query": (("query",), ("consistent",)),
    },
    common=("operation", "table"),
)


def _rules(config: Config) -> Iterator[Problem]:
    yield from _by_operation(config)
    query = config.get("query")
    if not isinstance(query, dict):
        return
    values, problems = read_fields(query, _QUERY_FIELDS, "/query")
    yield from problems
    if "partition" in values:
        yield from read_fields(values["partition"], _PARTITION_FIELDS, "/query/partition")[1]
    if "sort" in values:
        yield from _sort_problems(values["sort"])


def _sort_problems(sort: Config) -> Iterator[Problem]:
    values, problems = read_fields(sort, _SORT_FIELDS, "/query/sort")
    yield from problems
    if "operator" not in values:
        return
    needed, other = ("values", "value") if values["operator"] == "between" else ("value", "values")
    if needed not in sort:
        yield Problem(f"/query/sort/{needed}", f"{needed} is required by {values['operator']}")
    if other in sort:
        yield Problem(f"/query/sort/{other}", f"{other} is not for {values['operator']}")


def _complete(config: Config) -> Config:
    if "query" not in config:
        return config
    return {**config, "query": read_fields(config["query"], _QUERY_FIELDS, "")[0]}


DATABASE = NodeType(
    "database",
    "Reads, writes, deletes or queries items of a DynamoDB table.",
    "the item or null, `{item}`, `{deleted}`, or `{items, count, next}`",
    {
        "operation": Field(one_of("get", "put", "query", "delete"), "What to do.", required=True),
        "table": Field(
            or_expression(text(3, 255, TABLE_NAME)), "A table that is open to the owner.", required=True
        ),
        "key": Field(or_expression(_key), "Of get and delete: the whole key."),
        "item": Field(or_expression(_record), "Of put: what to write, in place of one with its key."),
        "query": Field(_object(_QUERY_FIELDS), "Of query: which items."),
        "if": Field(
            one_of("absent", "present"),
            "Of put and delete: only if an item of that key is not, or is, there.",
        ),
        "consistent": Field(a_boolean, "Of get and query: also what was written just now.", default=False),
    },
    function="database",
    bound_seconds=lambda _: _SECONDS,
    rules=_rules,
    complete=_complete,
)
