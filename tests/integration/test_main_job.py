"""A workflow saved, executed, followed, logged and cancelled: the functions on moto."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.functions import ROOT
from tests.integration.conftest import World, flow
from tests.loopback import MakeServer, reply_json

GREETING = flow(
    {"id": "start", "type": "start"},
    {"id": "greet", "type": "transform", "config": {"value": "Hello {{inputs.name}}"}},
    {"id": "end", "type": "end"},
    edges=[("start", "greet"), ("greet", "end")],
)


def test_execution_completes_with_result_states_and_logs(world: World) -> None:
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    assert world.get(execution_id)["status"] == "pending"

    world.finish(execution_id)

    execution = world.get(execution_id)
    assert (execution["status"], execution["result"]) == ("completed", "Hello Ada")
    assert {id_: node["status"] for id_, node in execution["nodes"].items()} == {
        "start": "completed",
        "greet": "completed",
        "end": "completed",
    }
    assert execution["inputs"] == {"name": "Ada"}
    assert execution["current_nodes"] == []
    assert execution["completed_at"] >= execution["started_at"]
    assert execution["latest_logs"][-1]["message"] == "execution completed"


def test_order_example_completes_over_real_http(world: World, make_server: MakeServer) -> None:
    server = make_server(
        reply_json(200, {"id": "42", "total": 99.5, "items": ["a", "b"]}),
        reply_json(200, {"available": True}),
        reply_json(201, {"shipment_id": "s1"}),
        reply_json(201, {"invoice_id": "i1"}),
    )
    definition = json.loads((ROOT / "examples" / "order-fulfilment.json").read_text())
    execution_id = world.accept(world.save(definition), {"base_url": server.url(""), "order_id": "42"})

    world.finish(execution_id)

    execution = world.get(execution_id)
    assert execution["status"] == "completed", execution
    assert execution["nodes"]["back-order"]["status"] == "skipped"
    assert execution["result"]["message"] == "Order 42: 2 items, 99.5 EUR"


@pytest.mark.parametrize(("score", "route"), [(80, "sales"), ("20", "newsletter")])
def test_react_flow_example_routes_by_field(world: World, score: Any, route: str) -> None:
    definition = json.loads((ROOT / "examples" / "lead-routing-react-flow.json").read_text())
    execution_id = world.accept(world.save(definition), {"lead": {"score": score, "name": "Ada"}})

    world.finish(execution_id)

    assert world.get(execution_id)["result"]["route"] == route
