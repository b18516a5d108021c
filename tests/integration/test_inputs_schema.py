"""Inputs are checked by the workflow's schema before an execution is accepted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import World
from tests.integration.test_api_errors import assert_problem

ORDER: dict[str, Any] = {
    "name": "order",
    "variables": {"currency": "EUR"},
    "inputs_schema": {
        "required": ["order_id"],
        "properties": {
            "order_id": {"type": "string"},
            "copies": {"type": "integer", "default": 1},
            "currency": {"default": "USD"},
        },
    },
    "nodes": [{"id": "a", "type": "transform", "config": {"value": "{{inputs.copies}} {{currency}}"}}],
    "edges": [],
}


def test_inputs_that_are_wrong_are_422_and_start_nothing(world: World) -> None:
    path = {"workflow_id": world.save(ORDER)}
    for body, pointers in (
        (None, ["/inputs"]),
        ({"inputs": {"order_id": 7, "copies": "2"}}, ["/inputs/copies", "/inputs/order_id"]),
    ):
        answer = world.call("execute_workflow", path=path, body=body, headers={"Idempotency-Key": "order-42"})
        assert_problem(answer, 422, "invalid_inputs", *pointers)
    assert world.call("list_executions").json["total"] == 0
    # The key stands for nothing yet.
    key = {"Idempotency-Key": "order-42"}
    answer = world.call("execute_workflow", path=path, body={"inputs": {"order_id": "1"}}, headers=key)
    assert answer.status == 202


def test_defaults_are_inputs_like_any_other(world: World) -> None:
    execution_id = world.accept(world.save(ORDER), {"order_id": "order-1"})
    world.finish(execution_id)
    execution = world.get(execution_id)
    assert execution["inputs"] == {"order_id": "order-1", "copies": 1, "currency": "USD"}
    assert execution["result"] == "1 USD"


def test_each_version_has_its_own_schema(world: World) -> None:
    path = {"workflow_id": world.save(ORDER)}
    free = {name: value for name, value in ORDER.items() if name != "inputs_schema"}
    assert world.call("update_workflow", path=path, body=free).status == 200
    for version, status in ((1, 422), (2, 202)):
        answer = world.call("execute_workflow", path=path, body={"inputs": {}, "version": version})
        assert answer.status == status


def test_replay_with_other_inputs_is_checked(world: World) -> None:
    path = {"execution_id": world.accept(world.save(ORDER), {"order_id": "order-1"})}
    assert world.call("replay_execution", path=path).status == 202
    answer = world.call("replay_execution", path=path, body={"inputs": {"copies": 2}})
    assert_problem(answer, 422, "invalid_inputs", "/inputs")


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [(True, "/inputs_schema"), ({"type": "objekt"}, "/inputs_schema/type")],
)
def test_schema_that_is_wrong_is_422(world: World, schema: Any, pointer: str) -> None:
    answer = world.call("create_workflow", body={**ORDER, "inputs_schema": schema})
    assert_problem(answer, 422, "invalid_definition", pointer)
