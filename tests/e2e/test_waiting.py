"""Nodes that wait, on the deployed template: approvals, and workflows that execute others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.engine import REPOSITORY
from tests.e2e.users import User
from tests.waiting import wait_for


def example(name: str) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads((REPOSITORY / "examples" / f"{name}.json").read_text())
    return definition


def calling(workflow_id: str, **inputs: Any) -> dict[str, Any]:
    config = {"workflow_id": workflow_id, "inputs": inputs}
    return {"name": "parent", "nodes": [{"id": "call", "type": "workflow", "config": config}], "edges": []}


def child_of(user: User, execution_id: str, node_id: str = "call") -> str:
    found = wait_for(
        lambda: user.get(execution_id)["nodes"][node_id], lambda node: "child_execution_id" in node
    )
    child_id: str = found["child_execution_id"]
    return child_id


@pytest.fixture(scope="module")
def purchase() -> dict[str, Any]:
    return example("purchase-approval")


def asked(owner: User, definition: dict[str, Any], **inputs: Any) -> tuple[str, str]:
    """An execution that waits for an answer, and where to answer."""
    purchase = {"item": "a desk", "price": 420, "approvers": ["owner"], **inputs}
    execution_id = owner.execute(owner.save(definition), **purchase)
    owner.reaches(execution_id, "approve", "waiting")
    return execution_id, f"/executions/{execution_id}/nodes/approve/complete"


def test_purchase_is_approved_by_who_may(
    owner: User, other: User, admin: User, purchase: dict[str, Any]
) -> None:
    execution_id, path = asked(owner, purchase)
    assert owner.get(execution_id)["nodes"]["approve"]["approval"]["message"] == "May we buy a desk for 420?"
    assert other("POST", path, {"decision": "approved"}).status == 404
    wrong = owner("POST", path, {"decision": "approved", "data": {"comment": 5, "x": "<script>"}})
    assert (wrong.status, wrong.json()["error_code"]) == (422, "invalid_inputs")
    answer = {"decision": "approved", "data": {"comment": "{{secrets.shop_key}} & more"}}
    assert owner("POST", path, answer).status == 200
    execution = owner.ended(execution_id)
    assert (execution["status"], execution["result"]) == ("completed", {"bought": "a desk"})
    assert owner("POST", path, {"decision": "rejected"}).status == 409
    assert admin("POST", path, answer).status == 409


def test_purchase_is_rejected_or_small(owner: User, purchase: dict[str, Any]) -> None:
    execution_id, path = asked(owner, purchase)
    assert owner("POST", path, {"decision": "rejected"}).status == 200
    assert owner.ended(execution_id)["result"] == {"refused": "a desk", "by": "owner"}
    small = owner.ended(owner.execute(owner.save(purchase), item="a pen", price=2))
    assert (small["status"], small["result"]) == ("completed", {"bought": "a pen"})


def test_approver_answers_who_sees_nothing_else(owner: User, other: User, purchase: dict[str, Any]) -> None:
    execution_id, path = asked(owner, purchase, approvers=["other"])
    assert other("GET", f"/executions/{execution_id}").status == 404
    assert owner("POST", path, {"decision": "approved"}).status == 403
    for _ in range(2):
        assert other("POST", path, {"decision": "rejected"}).status == 200
    assert owner.ended(execution_id)["result"] == {"refused": "a desk", "by": "other"}


def test_waiting_execution_is_paused_resumed_and_cancelled(owner: User, purchase: dict[str, Any]) -> None:
    execution_id, path = asked(owner, purchase)
    assert owner("POST", f"/executions/{execution_id}/pause").status == 200
    assert owner("POST", path, {"decision": "approved"}).status == 200
    assert owner("POST", f"/executions/{execution_id}/resume").status == 200
    assert owner.ended(execution_id)["result"] == {"bought": "a desk"}
    execution_id, path = asked(owner, purchase)
    assert owner("POST", f"/executions/{execution_id}/cancel").status == 200
    assert owner("POST", path, {"decision": "approved"}).status == 409


def test_orders_are_fulfilled_by_another_workflow(owner: User, shop_url: str) -> None:
    inputs = {
        "order_workflow_id": owner.save(example("order-fulfilment")),
        "base_url": shop_url,
        "order_ids": ["order-1", "", "order-2"],
    }
    execution = owner.ended(owner.execute(owner.save(example("fulfil-orders")), **inputs))
    assert execution["status"] == "completed", execution["error"]
    result = execution["result"]
    assert (result["count"], result["failed"]) == (3, 1)
    assert result["items"][1]["error"]["code"] == "workflow_inputs_invalid"


def test_cancel_reaches_grandchildren_and_a_failure_comes_back(owner: User) -> None:
    wait = {"id": "wait", "type": "delay", "config": {"seconds": 3_600}}
    slow = owner.save({"name": "slow", "nodes": [wait], "edges": []})
    middle = owner.save(calling(slow))
    top = owner.save(calling(middle))
    execution_id = owner.execute(top)
    child = child_of(owner, execution_id)
    grandchild = child_of(owner, child)
    assert owner.get(child)["parent"]["execution_id"] == execution_id
    assert owner("POST", f"/executions/{execution_id}/cancel").status == 200
    assert owner.ended(child)["status"] == "cancelled"
    assert owner.ended(grandchild)["status"] == "cancelled"

    execution_id = owner.execute(top)
    grandchild = child_of(owner, child_of(owner, execution_id))
    assert owner("POST", f"/executions/{grandchild}/cancel").status == 200
    execution = owner.ended(execution_id)
    assert (execution["status"], execution["error"]["code"]) == ("failed", "workflow_failed")


def test_private_workflow_of_another_is_not_executed(owner: User, other: User) -> None:
    note = {"name": "private", "nodes": [{"id": "a", "type": "start"}], "edges": []}
    execution = owner.ended(owner.execute(owner.save(calling(other.save(note)))))
    assert (execution["status"], execution["error"]["code"]) == ("failed", "workflow_not_found")
