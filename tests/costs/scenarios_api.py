"""What calls of the API cost that start and steer executions."""

from __future__ import annotations

from typing import Any

from tests.costs.measured import Measured
from tests.costs.meter import Meter
from tests.costs.scenarios import SMALL, http, node, running, scenario
from tests.functions import invoke, sample_event
from tests.integration.conftest import flow


def authorize() -> None:
    """Call the authorizer as API Gateway does, with a token that is known."""
    policy = invoke("authorizer", sample_event("api/authorizer"))
    assert policy["context"]["user_id"] == "owner"


@scenario("the authorizer, before each call with a token")
def authorizer(meter: Meter) -> Measured:
    with meter.measuring() as measuring:
        authorize()
    return measuring.result


@scenario("the authorizer, before each call without one")
def anonymous(meter: Meter) -> Measured:
    event = sample_event("api/authorizer")
    del event["headers"]["Authorization"]
    with meter.measuring() as measuring:
        assert invoke("authorizer", event)["context"]["role"] == "anonymous"
    return measuring.result


@scenario("make a token")
def make_token(meter: Meter) -> Measured:
    with meter.measuring() as measuring:
        meter.call("create_token", user="owner", path={"user_id": "owner"}, body={"name": "laptop"})
    return measuring.result


@scenario("delete a token")
def remove_token(meter: Meter) -> Measured:
    made = meter.call("create_token", user="owner", path={"user_id": "owner"}, body={"name": "laptop"}).json
    with meter.measuring() as measuring:
        path = {"user_id": "owner", "token_id": made["token_id"]}
        meter.call("delete_token", user="owner", path=path)
    return measuring.result


def execute(meter: Meter, workflow_id: str, **event: Any) -> Measured:
    with meter.measuring() as measuring:
        meter.call(
            "execute_workflow",
            path={"workflow_id": workflow_id},
            body={"inputs": {"url": meter.url}},
            **event,
        )
    return measuring.result


@scenario("execute")
def plain(meter: Meter) -> Measured:
    return execute(meter, meter.save(SMALL))


@scenario("execute, of a public workflow")
def public(meter: Meter) -> Measured:
    return execute(meter, meter.save({**SMALL, "visibility": "public"}))


@scenario("execute, with an Idempotency-Key")
def with_key(meter: Meter) -> Measured:
    return execute(meter, meter.save(SMALL), headers={"Idempotency-Key": "order-42"})


@scenario("execute, with an Idempotency-Key that came before")
def with_known_key(meter: Meter) -> Measured:
    workflow_id = meter.save(SMALL)
    execute(meter, workflow_id, headers={"Idempotency-Key": "order-42"})
    return execute(meter, workflow_id, headers={"Idempotency-Key": "order-42"})


@scenario("execute, with `max_concurrent_executions` and a free slot")
def with_free_slot(meter: Meter) -> Measured:
    return execute(meter, meter.save({**SMALL, "max_concurrent_executions": 2}))


@scenario("execute, with `max_concurrent_executions` and no free slot")
def without_free_slot(meter: Meter) -> Measured:
    workflow_id = meter.save({**SMALL, "max_concurrent_executions": 1})
    execute(meter, workflow_id)
    return execute(meter, workflow_id)


@scenario("execute, with inputs of 4 KB")
def with_large_inputs(meter: Meter) -> Measured:
    workflow_id = meter.save(SMALL)
    with meter.measuring() as measuring:
        meter.accept(workflow_id, text="x" * 4_000)
    return measuring.result


@scenario("cancel")
def cancel(meter: Meter) -> Measured:
    return meter.control("cancel_execution", running(meter))


@scenario("cancel, of a workflow with `on_cancel`")
def cancel_with_clean_up(meter: Meter) -> Measured:
    definition = flow(node("a"), node("b"), edges=[], on_cancel={"nodes": [node("c")], "edges": []})
    execution_id = meter.accept(meter.save(definition))
    meter.task(meter.run(execution_id), "a")
    return meter.control("cancel_execution", execution_id)


@scenario("pause")
def pause(meter: Meter) -> Measured:
    return meter.control("pause_execution", running(meter))


@scenario("resume")
def resume(meter: Meter) -> Measured:
    execution_id = running(meter)
    meter.control("pause_execution", execution_id)
    return meter.control("resume_execution", execution_id)


@scenario("retry")
def retry(meter: Meter) -> Measured:
    execution_id = meter.accept(meter.save(flow(node("a"), http("b", "fail"), edges=[("a", "b")])))
    meter.finish(execution_id)
    return meter.control("retry_execution", execution_id)


@scenario("replay")
def replay(meter: Meter) -> Measured:
    return meter.control("replay_execution", running(meter))
