"""What nodes cost that wait for somebody, or for another execution."""

from __future__ import annotations

from tests.costs.measured import Measured
from tests.costs.meter import Meter, Run
from tests.costs.scenarios import SMALL, node, scenario
from tests.costs.scenarios_nodes import TOKEN, begun, chain

ASK = node("ask", "approval", config={"message": "Well?"})


def _asked(meter: Meter) -> Run:
    run = begun(meter, meter.save(chain(node("a"), ASK)), "a")
    meter.warm(run, "ask")
    return run


@scenario("an approval, until it waits")
def approval(meter: Meter) -> Measured:
    run = _asked(meter)
    with meter.measuring() as measuring:
        meter.task(run, "ask", token=TOKEN)
    return measuring.result


@scenario("answer an approval")
def answer(meter: Meter) -> Measured:
    run = _asked(meter)
    meter.task(run, "ask", token=TOKEN)
    path = {"execution_id": run["execution_id"], "node_id": "ask"}
    with meter.measuring() as measuring:
        meter.call("complete_node", path=path, body={"decision": "approved"})
    return measuring.result


@scenario("a `workflow` node, until it waits, with the start of the other")
def child(meter: Meter) -> Measured:
    call = node("call", "workflow", config={"workflow_id": meter.save(SMALL)})
    run = begun(meter, meter.save(chain(node("a"), call)), "a")
    meter.task(begun(meter, run["workflow_id"], "a"), "call", function="workflow", token=TOKEN)
    with meter.measuring() as measuring:
        meter.task(run, "call", function="workflow", token=TOKEN)
    return measuring.result
