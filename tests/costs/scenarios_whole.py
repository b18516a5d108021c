"""What executions cost from their first call to their end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tests.costs.measured import Measured
from tests.costs.meter import Meter
from tests.costs.scenarios import CHAIN, TEN, TEN_IDS, node, scenario
from tests.costs.scenarios_api import authorize
from tests.integration.conftest import flow


@scenario("ten `transform` nodes in a chain, from execute to end")
def ten_inline(meter: Meter) -> Measured:
    nodes = [node(f"step-{n}") for n in range(10)]
    ids = [each["id"] for each in nodes]
    return whole(meter, flow(*nodes, edges=list(pairwise(ids))))


@scenario("eight `http` nodes in a chain between `start` and `end`, from execute to end")
def ten_nodes(meter: Meter) -> Measured:
    return whole(meter, CHAIN)


@scenario("eight `http` nodes side by side between `start` and `end`, from execute to end")
def ten_nodes_abreast(meter: Meter) -> Measured:
    edges: list[tuple[str, ...]] = [
        edge for each in TEN_IDS[1:-1] for edge in (("start", each), (each, "end"))
    ]
    return whole(meter, flow(*TEN, edges=edges))


def whole(meter: Meter, definition: dict[str, Any]) -> Measured:
    """What an execution costs by functions that know its nodes, also those in its loops."""
    workflow_id = meter.save(definition)
    meter.warm(meter.run(meter.accept(workflow_id)), *node_ids(definition))
    with meter.measuring() as measuring:
        authorize()
        execution_id = meter.accept(workflow_id)
        meter.finish(execution_id)
    assert meter.call("get_execution", path={"execution_id": execution_id}).json["status"] == "completed"
    return measuring.result


def node_ids(graph: dict[str, Any]) -> Iterator[str]:
    """Those in loops, too."""
    for each in graph["nodes"]:
        yield each["id"]
        if "body" in each.get("config", {}):
            yield from node_ids(each["config"]["body"])
