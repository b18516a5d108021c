"""The fake DynamoDB against moto's: the same random operations, the same answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from tests.faults.dynamodb import FakeDynamoDB
from tests.faults.tables import tables_of_template
from tests.integration.aws import REGION, create_tables
from workflows.adapters import dynamodb
from workflows.adapters.dynamodb import ConditionFailed, Table, transact

TABLE = Table("ExecutionsTable")
SCOPES = st.sampled_from(["x", "y"])
NUMBERS = st.integers(0, 3)
KEYS = st.fixed_dictionaries(
    {
        "execution_id": st.sampled_from("ab"),
        "record": st.sampled_from(["execution", "node#1", "node#2", "slot#1"]),
    }
)
CONDITIONS = st.sampled_from(
    [
        ("", {}),
        ("attribute_not_exists(#record)", {}),
        ("attribute_exists(#execution_id)", {}),
        ("attribute_not_exists(#record) OR #attempt <= :now", {"now": 1}),
        (
            "#status IN (:one, :two) AND #attempt = :attempt",
            {"one": "running", "two": "paused", "attempt": 1},
        ),
        ("#due_at = :old", {"old": "2027"}),
        ("#attempt < :attempt AND attribute_not_exists(#due_at)", {"attempt": 2}),
    ]
)
UPDATES = st.sampled_from(
    [
        ("SET #status = :status REMOVE #due_at, #due_scope", {"status": "paused"}),
        ("SET #due_at = :due_at, #due_scope = :scope", {"due_at": "2028", "scope": "x"}),
        ("SET #tokens = list_append(if_not_exists(#tokens, :none), :tokens)", {"none": [], "tokens": ["t"]}),
        ("ADD #attempt :by", {"by": 1}),
        ("REMOVE #workflow_scope", {}),
    ]
)
QUERIES = st.sampled_from(
    [
        (
            "#execution_id = :id AND #record BETWEEN :low AND :high",
            None,
            {"id": "a", "low": "e", "high": "node#1"},
        ),
        ("#execution_id = :id AND begins_with(#record, :prefix)", None, {"id": "b", "prefix": "node#"}),
        ("#execution_id = :id", None, {"id": "a"}),
        ("#due_scope = :scope AND #due_at <= :until", "by_due", {"scope": "x", "until": "2027"}),
        ("#workflow_scope = :scope", "by_workflow", {"scope": "x"}),
    ]
)
PATCHABLE = st.fixed_dictionaries(
    {"status": st.sampled_from(["running", "paused", "ended"]), "attempt": NUMBERS},
    optional={"due_at": st.sampled_from(["2026", "2027"]), "due_scope": SCOPES, "workflow_scope": SCOPES},
)
Operation = Callable[[], Any]


def _put(key: dict[str, str], item: dict[str, Any], condition: tuple[str, dict[str, Any]]) -> Any:
    return TABLE.put({**item, **key}, condition[0], **condition[1])


def _update(
    key: dict[str, str], update: tuple[str, dict[str, Any]], condition: tuple[str, dict[str, Any]]
) -> Any:
    return TABLE.update(key, update[0], condition[0], **update[1], **condition[1])


def _delete(key: dict[str, str], condition: tuple[str, dict[str, Any]]) -> Any:
    return TABLE.delete(key, condition[0] or "attribute_exists(#record)", **condition[1])


def _transact(item: dict[str, Any], condition: tuple[str, dict[str, Any]], number: int) -> Any:
    key = {"execution_id": "a", "record": "execution"}
    transact(
        puts=[TABLE.put_arguments({"execution_id": "a", "record": f"node#{number}", **item}, "")],
        updates=[
            TABLE.update_arguments(key, "SET #status = :status", condition[0], status="x", **condition[1])
        ],
    )


def _query(query: tuple[str, str | None, dict[str, Any]], forward: bool, page: int | None) -> Any:
    condition, index, values = query
    found = list(TABLE.iterate(condition, index=index, forward=forward, page_items=page, **values))
    assert TABLE.count(condition, index=index, **values) == len(found)
    # What has one sort key stands in no order.
    by_key = sorted(found, key=lambda item: (item.get("due_at", ""), item["execution_id"], item["record"]))
    return found if index is None else by_key


def _batch(keys: list[dict[str, str]], item: dict[str, Any]) -> Any:
    found = TABLE.batch_get(keys)
    TABLE.batch_put({**item, **key} for key in keys[:2])
    TABLE.batch_delete(keys[2:])
    return sorted(found, key=lambda item: (item["execution_id"], item["record"]))


def _get(key: dict[str, str]) -> Any:
    return TABLE.get(key, consistent=True)


OPERATIONS = st.one_of(
    st.tuples(st.just(_put), KEYS, PATCHABLE, CONDITIONS),
    st.tuples(st.just(_put), KEYS, PATCHABLE, CONDITIONS),
    st.tuples(st.just(_update), KEYS, UPDATES, CONDITIONS),
    st.tuples(st.just(_update), KEYS, UPDATES, CONDITIONS),
    st.tuples(st.just(_delete), KEYS, CONDITIONS),
    st.tuples(st.just(_transact), PATCHABLE, CONDITIONS, st.integers(1, 2)),
    st.tuples(st.just(_query), QUERIES, st.booleans(), st.sampled_from([None, 1, 2])),
    st.tuples(st.just(_query), QUERIES, st.booleans(), st.sampled_from([None, 1, 2])),
    st.tuples(
        st.just(_batch),
        st.lists(KEYS, min_size=1, max_size=4, unique_by=lambda key: (key["execution_id"], key["record"])),
        PATCHABLE,
    ),
    st.tuples(st.just(_get), KEYS),
)


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    with mock_aws():
        create_tables()
        yield boto3.client("dynamodb", region_name=REGION)


def _outcome(client: Any, operation: tuple[Any, ...]) -> Any:
    function, *arguments = operation
    with patch.object(dynamodb, "client", lambda _: client):
        try:
            return "answered", function(*arguments)
        except ConditionFailed as error:
            return "condition failed", error.item


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(OPERATIONS, min_size=5, max_size=40))
def test_fake_answers_as_moto_does(moto: Any, operations: list[tuple[Any, ...]]) -> None:
    fake = FakeDynamoDB(tables_of_template())
    for partition in "ab":
        for record in ("execution", "node#1", "node#2", "slot#1"):
            key = {"execution_id": {"S": partition}, "record": {"S": record}}
            with suppress(KeyError):
                moto.delete_item(TableName=TABLE.name, Key=key)

    for operation in operations:
        assert _outcome(fake, operation) == _outcome(moto, operation), operation
