"""What loops cost, from their execution's first call to its end."""

from __future__ import annotations

from typing import Any

from tests.costs.measured import Measured
from tests.costs.meter import Meter
from tests.costs.scenarios import http, node, scenario
from tests.costs.scenarios_whole import whole
from tests.integration.conftest import flow


def _loop(body: dict[str, Any], **config: Any) -> dict[str, Any]:
    loop = node("loop", "loop", config={**config, "body": {"nodes": [body], "edges": []}})
    edges: list[tuple[str, ...]] = [("start", "loop"), ("loop", "end")]
    return flow(node("start", "start"), loop, node("end", "end"), edges=edges)


@scenario("a loop over 100 items, a `transform` each, from execute to end")
def in_memory(meter: Meter) -> Measured:
    return whole(meter, _loop(node("each", config={"value": "{{item}}"}), items=[*range(100)]))


@scenario("a loop over 20 items, two at once, an `http` node each, from execute to end")
def in_batches(meter: Meter) -> Measured:
    return whole(meter, _loop(http("each"), items=[*range(20)], max_concurrency=2))


@scenario("a loop over 20 items, an `http` node with `retry` each, from execute to end")
def item_by_item(meter: Meter) -> Measured:
    return whole(meter, _loop(http("each", retry={"max_attempts": 2}), items=[*range(20)]))


@scenario("a loop of 10 turns, a `transform` each, from execute to end")
def turns(meter: Meter) -> Measured:
    each = node("each", config={"value": "{{index}}"})
    return whole(meter, _loop(each, loop_type="while", condition="{{index < 10}}"))
