"""Nodes that read and write items of DynamoDB."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from tests.integration.aws import aws_client
from tests.integration.conftest import World, flow
from tests.integration.node_runs import error_of, problems_of, result_of
from workflows.adapters.clients import client

ORDERS: dict[str, Any] = {
    "TableName": "orders",
    "KeySchema": [
        {"AttributeName": "customer", "KeyType": "HASH"},
        {"AttributeName": "number", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "customer", "AttributeType": "S"},
        {"AttributeName": "number", "AttributeType": "N"},
        {"AttributeName": "state", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_state",
            "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def table() -> Iterator[Any]:
    with mock_aws():
        service = aws_client("dynamodb")
        service.create_table(**ORDERS)
        service.create_table(**{**ORDERS, "TableName": "data-other"})
        yield service


def getting(number: Any, **config: Any) -> dict[str, Any]:
    return {"operation": "get", "table": "orders", "key": {"customer": "ann", "number": number}, **config}


def putting(number: Any, **config: Any) -> dict[str, Any]:
    item = {"customer": "ann", "number": number, "state": "new"}
    return {"operation": "put", "table": "orders", "item": item, **config}


def deleting(number: Any, **config: Any) -> dict[str, Any]:
    return {**getting(number), "operation": "delete", **config}


def querying(**query: Any) -> dict[str, Any]:
    partition = {"name": "customer", "value": "ann"}
    return {"operation": "query", "table": "orders", "query": {"partition": partition, **query}}


@pytest.mark.usefixtures("table")
def test_item_is_put_got_and_deleted() -> None:
    item = {
        "customer": "ann",
        "number": 7,
        "lines": [{"sku": "a", "price": 9.99, "gift": None}],
        "paid": True,
    }
    config = {"operation": "put", "table": "orders", "item": "{{inputs.item}}"}
    assert result_of("database", config, item=item) == {"item": item}
    assert result_of("database", getting("{{inputs.n}}", consistent=True), n=7) == item
    assert result_of("database", deleting(7)) == {"deleted": True}
    assert result_of("database", deleting(7)) == {"deleted": False}
    assert result_of("database", getting(7)) is None


def test_what_others_wrote_is_read(table: Any) -> None:
    item = {"customer": {"S": "ann"}, "number": {"N": "1"}, "tags": {"SS": ["b", "a"]}, "raw": {"B": b"\x00"}}
    table.put_item(TableName="orders", Item=item)
    assert result_of("database", getting(1)) == {
        "customer": "ann",
        "number": 1,
        "tags": ["a", "b"],
        "raw": "AA==",
    }


@pytest.mark.parametrize("config", [putting(1), deleting(1)])
def test_condition_decides_whether_it_is_done(table: Any, config: dict[str, Any]) -> None:
    error = error_of("database", {**config, "if": "present"})
    assert (error.code, error.retryable) == ("database_condition_failed", False)
    result_of("database", putting(1))
    assert error_of("database", {**config, "if": "absent"}).code == "database_condition_failed"
    assert result_of("database", {**config, "if": "present"})


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [1, 2, 3, 10]),
        ({"descending": True, "limit": 2}, [10, 3]),
        ({"sort": {"name": "number", "operator": "equals", "value": 2}}, [2]),
        ({"sort": {"name": "number", "operator": "less_than", "value": 2}}, [1]),
        ({"sort": {"name": "number", "operator": "less_or_equal", "value": 2}}, [1, 2]),
        ({"sort": {"name": "number", "operator": "greater_than", "value": "{{inputs.n}}"}}, [10]),
        ({"sort": {"name": "number", "operator": "greater_or_equal", "value": 3}}, [3, 10]),
        ({"sort": {"name": "number", "operator": "between", "values": [2, 3]}}, [2, 3]),
        ({"partition": {"name": "state", "value": "new"}, "index": "by_state"}, [1, 2, 3, 10]),
        ({"partition": {"name": "customer", "value": "bob"}}, []),
    ],
)
def test_query_gives_what_its_sort_key_asks_for(query: dict[str, Any], numbers: list[int]) -> None:
    for number in (3, 1, 10, 2):
        result_of("database", putting(number))
    found = result_of("database", querying(**query), n=3)
    order = list if "index" not in query else sorted
    assert order(item["number"] for item in found["items"]) == numbers
    assert found["count"] == len(numbers)


def test_query_begins_with(table: Any) -> None:
    names = [{**each, "AttributeType": "S"} for each in ORDERS["AttributeDefinitions"]]
    table.create_table(**{**ORDERS, "TableName": "data-owner", "AttributeDefinitions": names})
    for number in ("2026-01", "2026-02", "2025-12"):
        result_of("database", {**putting(number), "table": "data-{{inputs.who}}"}, who="owner")
    sort = {"name": "number", "operator": "begins_with", "value": "2026-"}
    found = result_of("database", {**querying(sort=sort), "table": "data-owner"})
    assert [item["number"] for item in found["items"]] == ["2026-01", "2026-02"]


@pytest.mark.usefixtures("table")
def test_next_leads_through_all_items() -> None:
    for number in range(5):
        result_of("database", putting(number))
    seen, following = [], None
    for _ in range(3):
        found = result_of("database", querying(limit=2, start="{{inputs.start}}"), start=following)
        seen += [item["number"] for item in found["items"]]
        following = found["next"]
    assert (seen, following) == ([0, 1, 2, 3, 4], None)


@pytest.mark.parametrize(
    "start",
    [
        "x",
        "é",
        "W10=",
        "MQ==",
        base64.b64encode(b"\xff").decode(),
        base64.b64encode(json.dumps({"customer": "ann"}).encode()).decode(),
    ],
)
def test_start_that_is_no_next_is_refused(start: str) -> None:
    assert error_of("database", querying(start=start)).code == "database_start_invalid"


@pytest.mark.parametrize(
    "name",
    [
        "data-other",
        "order",
        "AccessTable",
        "ExecutionsTable",
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
    ],
)
def test_table_that_is_not_the_owners_is_closed(name: str) -> None:
    for config in (getting(1), putting(1), deleting(1), querying()):
        error = error_of("database", {**config, "table": "{{inputs.table}}"}, table=name)
        assert error.code == "database_forbidden"


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({**getting(1), "table": "data-owner"}, "database_table_not_found"),
        ({"operation": "get", "table": "orders", "key": {"id": "a"}}, "database_key_invalid"),
        ({"operation": "put", "table": "orders", "item": {"a": 1}}, "database_key_invalid"),
        (querying(partition={"name": "nothing", "value": "a"}), "database_key_invalid"),
        (putting(10**40 + 1), "database_value_invalid"),
        (querying(sort={"name": "number", "operator": "equals", "value": 1e-200}), "database_value_invalid"),
    ],
)
def test_request_that_the_table_has_no_answer_to_fails_the_node(config: dict[str, Any], code: str) -> None:
    error = error_of("database", config)
    assert (error.code, error.retryable) == (code, False)


@pytest.mark.parametrize(
    ("failure", "code", "is_retried"),
    [
        (("ProvisionedThroughputExceededException", 400, ""), "database_unavailable", True),
        (("InternalServerError", 500, ""), "database_unavailable", True),
        (("AccessDeniedException", 400, ""), "database_forbidden", False),
        (
            ("ValidationException", 400, "Type mismatch for key number expected: N actual: S"),
            "database_key_invalid",
            False,
        ),
        (
            ("ValidationException", 400, "The table does not have the specified index: by_nothing"),
            "database_request_invalid",
            False,
        ),
        (None, "database_unavailable", True),
    ],
)
def test_refusal_is_told_and_tried_again_where_that_may_help(
    failure: tuple[str, int, str] | None, code: str, is_retried: bool
) -> None:
    raised: Exception = ConnectTimeoutError(endpoint_url="dynamodb")
    if failure:
        code_given, status, message = failure
        answer: Any = {
            "Error": {"Code": code_given, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status},
        }
        raised = ClientError(answer, "GetItem")
    with patch.object(client("dynamodb"), "get_item", side_effect=raised):
        error = error_of("database", getting(1))
    assert (error.code, error.retryable) == (code, is_retried)


@pytest.mark.usefixtures("table")
def test_names_and_values_are_no_expressions() -> None:
    result_of("database", putting(1))
    hostile = ":s0 OR attribute_exists(customer)"
    found = result_of("database", querying(partition={"name": "customer", "value": hostile}))
    assert found["items"] == []
    error = error_of("database", querying(sort={"name": hostile, "operator": "equals", "value": 1}))
    assert error.code == "database_key_invalid"


@pytest.mark.parametrize(
    ("config", "pointers"),
    [
        ({}, ["/operation", "/table"]),
        ({"operation": "scan", "table": "orders"}, ["/operation"]),
        ({"operation": "get", "table": "orders"}, ["/key"]),
        ({"operation": "get", "table": "a/b", "key": {}}, ["/key", "/table"]),
        ({**getting(1), "item": {"a": 1}, "if": "absent"}, ["/if", "/item"]),
        (getting(""), ["/key"]),
        (getting(True), ["/key"]),
        ({**putting(1), "item": {"": 1}}, ["/item"]),
        ({**putting(1), "item": {}}, ["/item"]),
        ({**putting(1), "if": "newer"}, ["/if"]),
        ({"operation": "query", "table": "orders", "query": {}}, ["/query/partition"]),
        (querying(partition={"name": "a"}), ["/query/partition/value"]),
        (querying(filter="a = 1", limit=0), ["/query/filter", "/query/limit"]),
        (querying(sort={"name": "a", "operator": "like", "value": 1}), ["/query/sort/operator"]),
        (
            querying(sort={"name": "a", "operator": "between", "value": 1}),
            ["/query/sort/value", "/query/sort/values"],
        ),
        (querying(sort={"name": "a", "operator": "equals", "values": [1, 2]}), ["/query/sort/value"] * 1),
    ],
)
def test_config_is_checked_at_save(config: dict[str, Any], pointers: list[str]) -> None:
    assert set(pointers) <= set(problems_of("database", config))


@pytest.mark.parametrize(
    ("config", "value", "field"),
    [
        (getting("{{inputs.x}}"), "", "key.number"),
        (getting("{{inputs.x}}"), None, "key.number"),
        ({**getting(1), "key": "{{inputs.x}}"}, [], "key"),
        ({**putting(1), "item": "{{inputs.x}}"}, "text", "item"),
        ({**getting(1), "table": "{{inputs.x}}"}, 7, "table"),
        (querying(limit="{{inputs.x}}"), 1_001, "query.limit"),
        (querying(start="{{inputs.x}}"), 3, "query.start"),
        (querying(partition={"name": "customer", "value": "{{inputs.x}}"}), {}, "query.partition.value"),
        (
            querying(sort={"name": "number", "operator": "between", "values": "{{inputs.x}}"}),
            [1],
            "query.sort.values",
        ),
    ],
)
def test_values_are_checked_again_at_run_time(config: dict[str, Any], value: Any, field: str) -> None:
    error = error_of("database", config, x=value)
    assert (error.code, error.detail.split(": ")[0]) == ("database_config_invalid", field)


def test_workflow_reads_and_writes_what_is_its_owners(world: World) -> None:
    aws_client("dynamodb").create_table(**ORDERS)
    nodes = [
        {"id": "put", "type": "database", "config": putting("{{inputs.n}}")},
        {"id": "query", "type": "database", "config": querying()},
    ]
    execution_id = world.accept(world.save(flow(*nodes, edges=[("put", "query")])), {"n": 1})
    world.finish(execution_id)
    assert world.payload(execution_id, "result")["count"] == 1
