"""What it costs to look at executions and their logs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.costs.measured import Measured
from tests.costs.meter import Meter
from tests.costs.scenarios import CHAIN, SMALL, scenario
from tests.integration.archives import later
from workflows.adapters.logs import Chunk
from workflows.adapters.stores import counter_store, execution_store, log_store
from workflows.domain.ids import new_id
from workflows.domain.log_entry import LogEntry


@scenario("get an execution of ten nodes")
def get(meter: Meter) -> Measured:
    return meter.control("get_execution", _ten_nodes(meter))


@scenario("get a node of an execution of ten nodes")
def get_node(meter: Meter) -> Measured:
    path = {"execution_id": _ten_nodes(meter), "node_id": "start"}
    with meter.measuring() as measuring:
        assert meter.call("get_node", path=path).status == 200
    return measuring.result


@scenario("list 50 of 100 executions")
def list_own(meter: Meter) -> Measured:
    return _listed(meter, query={"limit": "50"})


@scenario("list 50 of 100 executions, by status")
def list_by_status(meter: Meter) -> Measured:
    return _listed(meter, query={"limit": "50", "status": "pending"})


@scenario("list 50 of 100 executions, of all users", alone=True)
def list_all(meter: Meter) -> Measured:
    return _listed(meter, query={"limit": "50"}, role="admin")


def _listed(meter: Meter, **event: Any) -> Measured:
    execution_id = meter.accept(meter.save(SMALL))
    store = execution_store()
    execution = store.get(execution_id)
    assert execution is not None
    store.table.batch_put(replace(execution, execution_id=new_id()).to_item() for _ in range(99))
    for scope in execution.scopes:
        counter_store().table.put({"counter": f"1#0#{scope.name}", "period": "total", "pending": 100})
    with meter.measuring() as measuring:
        answer = meter.call("list_executions", **event)
    assert (len(answer.json["executions"]), answer.json["total"]) == (50, 100)
    return measuring.result


@scenario("statistics of a workflow, of 30 days")
def statistics(meter: Meter) -> Measured:
    meter.world.stream.records()  # Of others.
    workflow_id = meter.save(SMALL)
    meter.finish(meter.accept(workflow_id))
    meter.world.count()
    with meter.measuring() as measuring:
        answer = meter.call("get_execution_statistics", query={"workflow_id": workflow_id, "period": "day"})
    assert answer.json["completed"] == 1
    return measuring.result


@scenario("list the log of an execution of ten nodes")
def list_logs(meter: Meter) -> Measured:
    return meter.control("list_logs", _ten_nodes(meter))


@scenario("list 1,000 of 2,000 lines of a log")
def list_long_log(meter: Meter) -> Measured:
    return meter.control("list_logs", _long_log(meter))


@scenario("download the log of an execution of ten nodes")
def download(meter: Meter) -> Measured:
    return meter.control("download_logs", _ten_nodes(meter))


@scenario("download a log of 2,000 lines")
def download_long_log(meter: Meter) -> Measured:
    return meter.control("download_logs", _long_log(meter))


@scenario("draw the graph of a workflow of ten nodes")
def draw(meter: Meter) -> Measured:
    path = {"workflow_id": meter.save(CHAIN)}
    with meter.measuring() as measuring:
        meter.call("get_workflow_graph", path=path)
    return measuring.result


@scenario("report on an execution of ten nodes")
def report(meter: Meter) -> Measured:
    return meter.control("get_execution_report", _ten_nodes(meter))


@scenario("report on an execution of ten nodes, once it is made")
def report_again(meter: Meter) -> Measured:
    execution_id = _ten_nodes(meter)
    with later(100):
        meter.control("get_execution_report", execution_id)
        return meter.control("get_execution_report", execution_id)


def _ten_nodes(meter: Meter) -> str:
    execution_id = meter.accept(meter.save(CHAIN))
    meter.finish(execution_id)
    return execution_id


def _long_log(meter: Meter) -> str:
    """An execution with 20 chunks of 100 lines."""
    execution_id = meter.accept(meter.save(SMALL))
    for chunk in range(20):
        at = f"2026-02-23T16:30:{chunk:02}.000Z"
        log_store().append(
            execution_id,
            Chunk(
                [LogEntry(at, "INFO", "a", f"line {chunk:02}{n:02}: stored 1 of 1 rows") for n in range(100)]
            ),
        )
    return execution_id
