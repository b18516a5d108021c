"""Runs segments with `database` nodes: items of DynamoDB, in the tables open to the workflow's owner."""

from typing import Any

from workflows.adapters.environment import listed
from workflows.adapters.user_tables import Query, UserTable
from workflows.domain.allow_lists import allows_table
from workflows.domain.errors import NodeError
from workflows.domain.records import key_value_fault, record_fault
from workflows.domain.workflow import JsonValue
from workflows.runtime.handler import node_handler
from workflows.runtime.node import NodeContext, Outcome
from workflows.runtime.values import require, text_fault, whole_number_fault

_INVALID = "database_config_invalid"
_MAX_ITEMS = 1_000


def database(context: NodeContext) -> Outcome:
    """Do the operation that the config names.

    Raises:
        NodeError: The table is not open to the owner, DynamoDB refused, or a condition did not hold.
    """
    name = require(context.field("table"), "table", text_fault, _INVALID)
    owner_id = context.environment.snapshot.execution.owner_id
    if not allows_table(listed("DATABASE_TABLES"), owner_id, name, own=listed("OWN_TABLES")):
        raise NodeError("database_forbidden", f"{name} is none of the tables open to the workflow's owner")
    output = _OPERATIONS[context.node.config["operation"]](context, UserTable(name))
    context.log.info(f"{context.node.config['operation']} on {name} done")
    return Outcome(output=output)


def _get(context: NodeContext, table: UserTable) -> JsonValue:
    return table.get(_key(context), consistent=context.node.config["consistent"])


def _put(context: NodeContext, table: UserTable) -> JsonValue:
    item = require(context.field("item"), "item", record_fault, _INVALID)
    table.put(item, context.node.config.get("if"))
    return {"item": item}


def _delete(context: NodeContext, table: UserTable) -> JsonValue:
    return {"deleted": table.delete(_key(context), context.node.config.get("if"))}


def _query(context: NodeContext, table: UserTable) -> JsonValue:
    items, following = table.query(_read_query(context))
    return {"items": items, "count": len(items), "next": following}


def _key(context: NodeContext) -> dict[str, JsonValue]:
    key: dict[str, JsonValue] = require(context.field("key"), "key", record_fault, _INVALID)
    for name, value in key.items():
        require(value, f"key.{name}", key_value_fault, _INVALID)
    return key


def _read_query(context: NodeContext) -> Query:
    given = context.field("query")
    partition, sort, start = given["partition"], given.get("sort"), given["start"]
    value = require(partition["value"], "query.partition.value", key_value_fault, _INVALID)
    limit = require(given["limit"], "query.limit", whole_number_fault(1, _MAX_ITEMS), _INVALID)
    return Query(
        partition=(partition["name"], value),
        sort=_sort(sort) if sort else None,
        index=given.get("index"),
        is_descending=given["descending"],
        limit=limit,
        # The `next` of a last page is null: from there on, a loop begins anew.
        start=None if start is None else require(start, "query.start", text_fault, _INVALID),
        is_consistent=context.node.config["consistent"],
    )


def _sort(sort: dict[str, Any]) -> tuple[str, str, list[JsonValue]]:
    if sort["operator"] == "between":
        values = require(sort["values"], "query.sort.values", _pair_fault, _INVALID)
    else:
        values = [sort["value"]]
    for value in values:
        require(value, "query.sort", key_value_fault, _INVALID)
    return sort["name"], sort["operator"], values


def _pair_fault(value: JsonValue) -> str | None:
    return None if isinstance(value, list) and len(value) == 2 else "must be a list of two values"


_OPERATIONS = {"get": _get, "put": _put, "delete": _delete, "query": _query}

lambda_handler = node_handler({"database": database})
