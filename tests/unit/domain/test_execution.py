"""Executions and node records: transitions, keys and items."""

from __future__ import annotations

from dataclasses import replace

from workflows.domain.execution import Execution
from workflows.domain.execution_error import ExecutionError
from workflows.domain.ids import is_id, new_id
from workflows.domain.node_record import NodeRecord
from workflows.domain.payload import ITEM_BYTES, Payload, encode, place
from workflows.domain.scopes import of_all, of_user_and_workflow

EXECUTION = Execution(
    execution_id="01890a5d-ac96-774b-bcce-b302099a8057",
    workflow_id="w",
    version=3,
    owner_id="owner",
    visibility="public",
    status="failed",
    inputs=Payload("inputs", "inline", 2, "{}"),
    variables=Payload("variables", "inline", 2, "{}"),
    started_at="2026-01-01T00:00:00.000Z",
    state_machine_arn="arn",
    user_id="ada",
    attempt=2,
    labels=("a", "b"),
    completed_at="2026-01-01T00:00:01.000Z",
    error=ExecutionError("code", "message", "node"),
    result=Payload("node#end", "object", 400_000),
)


def test_execution_survives_its_item() -> None:
    assert Execution.from_item(EXECUTION.to_item()) == EXECUTION


def test_item_has_the_index_keys_of_every_scope_it_belongs_to() -> None:
    item = EXECUTION.to_item()
    assert item["status_execution_id"] == f"failed#{EXECUTION.execution_id}"
    assert (item["user_scope"], item["workflow_scope"], item["public_scope"]) == ("ada", "w", "w")
    assert item["all_scope"] in of_all().partitions


def test_label_items_are_in_the_lists_of_their_label_but_for_the_public_one() -> None:
    nightly, other = replace(EXECUTION, labels=("nightly", "b")).label_items()
    assert (nightly["record"], other["record"]) == ("by_label#nightly", "by_label#b")
    assert nightly["user_workflow_scope"] == of_user_and_workflow("ada", "w").labelled("nightly").value
    assert nightly["all_scope"] in of_all().labelled("nightly").partitions
    assert "public_scope" not in nightly
    assert nightly["status_execution_id"] == f"failed#{EXECUTION.execution_id}"


def test_node_record_survives_its_item() -> None:
    record = NodeRecord(
        "e", "n", "failed", 2, "loop[3]/", 4, "t0", "t1", None, "true", None, None,
        Payload("node#n", "item", 5_000), ExecutionError("c", "m", "n"), "error",
    )  # fmt: skip
    assert NodeRecord.from_item(record.to_item()) == record
    assert record.to_item()["record"] == "node@loop[3]/n"


def test_ids_are_uuid7_in_the_order_of_time() -> None:
    ids = [new_id() for _ in range(50)]
    assert all(map(is_id, ids))
    assert len(set(ids)) == 50
    assert [id_[:13] for id_ in ids] == sorted(id_[:13] for id_ in ids)
    assert {of_all().partition_of(id_) for id_ in ids} <= set(of_all().partitions)


def test_payload_is_placed_by_the_size_of_its_json() -> None:
    storages = [place("x", encode("a" * size)).storage for size in (4094, 4095, ITEM_BYTES - 2, ITEM_BYTES)]
    assert storages == ["inline", "item", "item", "object"]
    assert place("x", encode("é" * 2047)).storage == "inline"
    assert place("x", encode("é" * 2048)).storage == "item"
