"""What the functions cost that no caller waits for."""

from __future__ import annotations

from typing import Any

from tests.costs.measured import Measured
from tests.costs.meter import Meter
from tests.costs.scenarios import SMALL, running, scenario
from tests.functions import invoke, sample_event
from tests.integration.aws import aws_client


@scenario("follow up an end: give back the slot")
def follow_up(meter: Meter) -> Measured:
    execution_id = meter.accept(meter.save({**SMALL, "max_concurrent_executions": 2}))
    meter.finish(execution_id)
    return _followed_up(meter, execution_id)


@scenario("follow up an end: give back the slot, and start who waits for it")
def follow_up_with_next(meter: Meter) -> Measured:
    workflow_id = meter.save({**SMALL, "max_concurrent_executions": 1})
    execution_id = meter.accept(workflow_id)
    meter.accept(workflow_id)
    meter.finish(execution_id)
    return _followed_up(meter, execution_id)


def _followed_up(meter: Meter, execution_id: str) -> Measured:
    key = {"execution_id": {"S": execution_id}, "record": {"S": "execution"}}
    found: Any = aws_client("dynamodb").get_item(TableName="ExecutionsTable", Key=key)
    change = {"Keys": key, "NewImage": found["Item"], "OldImage": {"status": {"S": "running"}}}
    with meter.measuring() as measuring:
        answer = invoke(
            "lifecycle/follow_up_execution", {"Records": [{"dynamodb": {**change, "SequenceNumber": "1"}}]}
        )
    assert answer == {"batchItemFailures": []}
    return measuring.result


@scenario("count one execution, when it was accepted")
def count_accepted(meter: Meter) -> Measured:
    meter.world.stream.records()  # Of others.
    meter.accept(meter.save(SMALL))
    return _counted(meter)


@scenario("count one execution, when it has ended")
def count_ended(meter: Meter) -> Measured:
    meter.world.stream.records()  # Of others.
    execution_id = meter.accept(meter.save(SMALL))
    meter.world.count()
    meter.finish(execution_id)
    return _counted(meter)


@scenario("count 25 executions of one user and workflow at once, from acceptance to end")
def count_many(meter: Meter) -> Measured:
    meter.world.stream.records()  # Of others.
    workflow_id = meter.save(SMALL)
    for _ in range(25):
        meter.finish(meter.accept(workflow_id))
    return _counted(meter)


def _counted(meter: Meter) -> Measured:
    records = meter.world.stream.records()
    with meter.measuring() as measuring:
        answer = invoke("lifecycle/count_executions", {"Records": records})
    assert answer == {"batchItemFailures": []}
    return measuring.result


@scenario("an event of Step Functions about an end that is recorded")
def settle_known(meter: Meter) -> Measured:
    execution_id = meter.accept(meter.save(SMALL))
    meter.finish(execution_id)
    return _settle(meter, execution_id, "FAILED")


@scenario("an event of Step Functions about an end that is not")
def settle_unknown(meter: Meter) -> Measured:
    return _settle(meter, running(meter), "FAILED")


def _settle(meter: Meter, execution_id: str, status: str) -> Measured:
    event = sample_event("lifecycle/settle_execution")
    event["detail"] |= {"name": f"{execution_id}-1", "status": status}
    with meter.measuring() as measuring:
        invoke("lifecycle/settle_execution", event)
    return measuring.result


def _reconcile(meter: Meter, after_seconds: float) -> Measured:
    with meter.measuring() as measuring:
        meter.world.reconcile(after_seconds)
    return measuring.result


@scenario("the reconciler, each minute, with nothing due", alone=True)
def reconcile_nothing(meter: Meter) -> Measured:
    return _reconcile(meter, 0)


@scenario("an execution that runs when the reconciler looks, not due yet, in addition", alone=True)
def reconcile_early(meter: Meter) -> Measured:
    nothing = _reconcile(meter, 0)
    running(meter)
    return _reconcile(meter, 0).beyond(nothing)


@scenario("an execution that runs on when it is due, in addition", alone=True)
def reconcile_running(meter: Meter) -> Measured:
    nothing = _reconcile(meter, 0)
    running(meter)
    return _reconcile(meter, 61).beyond(nothing)


@scenario("a paused or cancelled execution when the reconciler looks, in addition", alone=True)
def reconcile_cancelled(meter: Meter) -> Measured:
    meter.control("cancel_execution", running(meter))
    return _reconcile(meter, 61).beyond(_reconcile(meter, 0))
