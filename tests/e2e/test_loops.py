"""Loops on the deployed template: large, Distributed and hostile ones; paused, resumed and cancelled ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
import urllib3

from local.deployment import session
from local.engine import REPOSITORY
from local.stack import Stack
from tests.e2e.users import User

START = {"id": "start", "type": "start"}
END = {"id": "end", "type": "end"}


def around(body: list[dict[str, Any]], edges: list[dict[str, str]], **config: Any) -> dict[str, Any]:
    loop = {"id": "loop", "type": "loop", "config": {**config, "body": {"nodes": body, "edges": edges}}}
    steps = [{"source": "start", "target": "loop"}, {"source": "loop", "target": "end"}]
    return {"name": "loops", "nodes": [START, loop, END], "edges": steps}


def history(stack: Stack, execution_id: str, workflow: dict[str, Any]) -> list[Any]:
    """The events of an execution's history in the engine."""
    client = session().client("stepfunctions", endpoint_url=stack.endpoint_url)
    for machine in client.get_paginator("list_state_machines").paginate().search("stateMachines"):
        arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:") + f":{execution_id}-1"
        try:
            pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
            return [event for page in pages for event in page["events"]]
        except client.exceptions.ExecutionDoesNotExist:
            continue
    raise AssertionError(f"no state machine has executed {execution_id} of {workflow['name']}")


def result_of(execution: dict[str, Any]) -> Any:
    if "result" in execution:
        return execution["result"]
    return urllib3.request("GET", execution["result_url"]).json()


def test_5000_items_with_a_condition_and_a_failing_tenth(owner: User, stack: Stack) -> None:
    definition = around(
        [
            {"id": "is-even", "type": "condition", "config": {"expression": "{{item % 2 = 0}}"}},
            {
                "id": "even",
                "type": "transform",
                "config": {"value": "{{item % 10 = 0 ? $error('tenth') : item * 2}}"},
            },
            {"id": "odd", "type": "transform", "config": {"value": "{{item}}"}},
            {"id": "one", "type": "end"},
        ],
        [
            {"source": "is-even", "target": "even", "when": "true"},
            {"source": "is-even", "target": "odd", "when": "false"},
            {"source": "even", "target": "one"},
            {"source": "odd", "target": "one"},
        ],
        items="{{[1..5000]}}",
        max_iterations=5_000,
        on_item_error="continue",
    )
    execution_id = owner.execute(owner.save(definition))
    execution = owner.ended(execution_id)
    assert execution["status"] == "completed"
    result = result_of(execution)
    assert (result["count"], result["failed"]) == (5_000, 500)
    for number, found in enumerate(result["items"], 1):
        if number % 10 == 0:
            assert found["error"]["node_id"] == f"loop[{number - 1}]/even"
        else:
            assert found == (number * 2 if number % 2 == 0 else number)
    events = history(stack, execution_id, definition)
    entered = [event for event in events if event["type"].endswith("StateEntered")]
    assert 0 < len(events) < 25_000
    assert 0 < len(entered) <= 1.2 * 5_000 + 1
    node = execution["nodes"]["loop"]
    assert (node["iterations"], node["failed_iterations"]) == (5_000, 500)


def test_example_goes_on_where_an_order_cannot_be_looked_up(owner: User, shop_url: str) -> None:
    definition = json.loads((REPOSITORY / "examples" / "bulk-orders.json").read_text())
    orders = ["order-1", "order-2\r\nHost: metadata", "order-3"]
    execution = owner.ended(owner.execute(owner.save(definition), base_url=shop_url, order_ids=orders))
    assert execution["status"] == "completed", execution["error"]
    found = execution["result"]
    assert found["looked_up"] == 2
    first, second, third = found["orders"]
    assert first == {"order_id": "order-1", "total": 420, "large": True}
    assert second["error"]["code"] == "http_url_invalid"
    assert third["order_id"] == "order-3"


@pytest.mark.parametrize("concurrency", [3, 50])
def test_each_item_may_take_tasks_of_its_own(owner: User, concurrency: int) -> None:
    """More than 40 at once are executions of a Distributed Map."""
    definition = around(
        [
            {"id": "wait", "type": "delay", "config": {"seconds": 0.1}},
            {"id": "then", "type": "transform", "config": {"value": "{{item & '-' & index}}"}},
        ],
        [{"source": "wait", "target": "then"}],
        items=["a", "b", "c"],
        max_concurrency=concurrency,
    )
    execution = owner.ended(owner.execute(owner.save(definition)))
    assert execution["status"] == "completed", execution["error"]
    assert execution["result"] == {"items": ["a-0", "b-1", "c-2"], "count": 3, "failed": 0}


def test_while_goes_round(owner: User) -> None:
    definition = around(
        [{"id": "add", "type": "transform", "config": {"value": {"n": "{{input.n + 1}}"}}}],
        [],
        loop_type="while",
        condition="{{input.n < 3}}",
    )
    execution = owner.ended(owner.execute(owner.save(definition), n=0))
    assert execution["status"] == "completed", execution["error"]
    assert execution["result"]["items"] == [{"n": 1}, {"n": 2}, {"n": 3}]


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ("{{'no list'}}", "loop_items_invalid"),
        ("{{[1..2000]}}", "loop_too_long"),
    ],
)
def test_hostile_items_fail_the_execution(owner: User, items: str, code: str) -> None:
    definition = around([{"id": "a", "type": "transform", "config": {"value": 1}}], [], items=items)
    execution = owner.ended(owner.execute(owner.save(definition)))
    assert execution["status"] == "failed"
    assert execution["error"]["code"] == code


def test_loop_is_paused_resumed_and_cancelled(owner: User) -> None:
    definition = around(
        [{"id": "wait", "type": "delay", "config": {"seconds": "{{item}}"}}],
        [],
        items="{{inputs.seconds}}",
    )
    workflow_id = owner.save(definition)
    execution_id = owner.execute(workflow_id, seconds=[1, 0])
    owner.reaches(execution_id, "loop", "running")
    assert owner("POST", f"/executions/{execution_id}/pause").status == 200
    assert owner("POST", f"/executions/{execution_id}/resume").status == 200
    assert owner.ended(execution_id)["result"]["items"] == [[1, 0][i] for i in range(2)]
    endless = owner.execute(workflow_id, seconds=[3_600, 3_600])
    owner.reaches(endless, "loop", "running")
    assert owner("POST", f"/executions/{endless}/cancel").status == 200
    assert owner.ended(endless)["nodes"]["loop"]["status"] == "cancelled"
