"""What one node costs: in an execution that has begun, by a function that has run such a node before."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import Any

from tests.costs.measured import Measured
from tests.costs.meter import Meter, Run
from tests.costs.scenarios import http, node, scenario
from tests.integration.agents import agent, agents_world
from tests.integration.aws import aws_client
from tests.integration.conftest import flow
from workflows.adapters.stores import secret_store
from workflows.runtime.errors import Stopped, TryFailed

FIRST = node("first")
TOKEN = "t" * 700
Definition = dict[str, Any]


def begun(meter: Meter, workflow_id: str, *settled: str) -> Run:
    """An execution whose node `first` has run, and then others, each in a Task of its own."""
    run = meter.run(meter.accept(workflow_id))
    for node_id in ("first", *settled):
        meter.task(run, node_id, function="http")
    return run


def task(
    meter: Meter, definition: Definition, settled: tuple[str, ...], *nodes: str, **parameters: Any
) -> Measured:
    """What a Task costs whose function knows its nodes' configs, after others have settled."""
    run = begun(meter, meter.save(definition), *settled)
    if nodes:
        meter.warm(run, *nodes)
    with meter.measuring() as measuring, suppress(TryFailed, Stopped):
        meter.task(run, *nodes, function="http", **parameters)
    return measuring.result


def chain(*nodes: dict[str, Any]) -> Definition:
    ids = [each["id"] for each in nodes]
    return flow(FIRST, *nodes, edges=list(pairwise(ids)))


@scenario("its execution's first node, in addition")
def first_node(meter: Meter) -> Measured:
    workflow_id = meter.save(flow(FIRST, node("a"), edges=[]))
    results = []
    for earlier in ((), ("a",)):
        run = meter.run(meter.accept(workflow_id))
        meter.warm(run, "first")
        for node_id in earlier:
            meter.task(run, node_id)
        with meter.measuring() as measuring:
            meter.task(run, "first")
        results.append(measuring.result)
    first, later = results
    return first.beyond(later)


@scenario("a Task whose configs are new to its function, in addition")
def cold_configs(meter: Meter) -> Measured:
    run = begun(meter, meter.save(chain(node("a"), node("b"))))
    with meter.measuring() as cold:
        meter.task(run, "a", "b")
    return cold.result.beyond(task(meter, chain(node("a"), node("b")), (), "a", "b"))


@scenario("an inline node that rides in another's Task")
def fused(meter: Meter) -> Measured:
    definition = chain(node("a"), node("b"))
    return task(meter, definition, (), "a", "b").beyond(task(meter, definition, (), "a"))


@scenario("a node without predecessors")
def no_predecessor(meter: Meter) -> Measured:
    return task(meter, chain(http("a")), (), "a")


@scenario("a node with one predecessor")
def one_predecessor(meter: Meter) -> Measured:
    return task(meter, chain(node("a"), http("b")), ("a",), "b")


@scenario("a node with three predecessors")
def three_predecessors(meter: Meter) -> Measured:
    sources = ("a", "b", "c")
    definition = flow(FIRST, *map(node, sources), http("d"), edges=[(source, "d") for source in sources])
    return task(meter, definition, sources, "d")


def _reader(meter: Meter, answer_bytes: int) -> Measured:
    reader = node("c", config={"value": "{{$length(nodes.a.output.body)}}"})
    return task(meter, chain(http("a", answer_bytes), node("b"), reader), ("a", "b"), "c")


@scenario("a node that reads another's output of 1 KB")
def reads_inline(meter: Meter) -> Measured:
    return _reader(meter, 1_000)


@scenario("a node that reads another's output of 20 KB")
def reads_item(meter: Meter) -> Measured:
    return _reader(meter, 20_000)


@scenario("a node that reads another's output of 400 KB")
def reads_object(meter: Meter) -> Measured:
    return _reader(meter, 400_000)


@scenario("a node with an output of 1 KB")
def output_of_1_kb(meter: Meter) -> Measured:
    return task(meter, chain(node("a"), http("b", 1_000)), ("a",), "b")


@scenario("a node with an output of 20 KB")
def output_of_20_kb(meter: Meter) -> Measured:
    return task(meter, chain(node("a"), http("b", 20_000)), ("a",), "b")


@scenario("a node with an output of 400 KB")
def output_of_400_kb(meter: Meter) -> Measured:
    return task(meter, chain(node("a"), http("b", 400_000)), ("a",), "b")


@scenario("an `http` node that fetches a file of 400 KB")
def file_of_400_kb(meter: Meter) -> Measured:
    definition = http("b", 400_000)
    definition["config"]["as_file"] = True
    return task(meter, chain(node("a"), definition), ("a",), "b")


@scenario("a `storage` node that writes an object of 1 KB")
def storage(meter: Meter) -> Measured:
    aws_client("s3").create_bucket(Bucket="files")
    config = {"operation": "write", "bucket": "files", "key": "shared/a", "content": "x" * 1_000}
    return _in_its_function(meter, node("b", "storage", config=config))


@scenario("a `database` node that gets an item of 1 KB")
def database(meter: Meter) -> Measured:
    table: dict[str, Any] = {
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    aws_client("dynamodb").create_table(**table)
    aws_client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "a"}, "text": {"S": "x" * 1_000}})
    config = {"operation": "get", "table": "orders", "key": {"id": "a"}}
    return _in_its_function(meter, node("b", "database", config=config))


def _in_its_function(meter: Meter, it: dict[str, Any]) -> Measured:
    run = begun(meter, meter.save(chain(node("a"), it)), "a")
    meter.warm(run, "b")
    with meter.measuring() as measuring:
        meter.task(run, "b", function=it["type"])
    return measuring.result


@scenario("a node with a secret that is new to its function, in addition")
def with_secret(meter: Meter) -> Measured:
    secret_store().put(meter.user, "key", "a secret value")
    headers = {"Authorization": "Bearer {{secrets.key}}"}
    call = http("b")
    call["config"]["headers"] = headers
    return task(meter, chain(node("a"), call), ("a",), "b").beyond(one_predecessor(meter))


@scenario("a node that is skipped")
def skipped(meter: Meter) -> Measured:
    no = node("a", "condition", config={"expression": "{{false}}"})
    definition = flow(FIRST, no, http("b"), edges=[("a", "b", "true")])
    return task(meter, definition, ("a",), "b")


@scenario("a node that is settled already")
def settled(meter: Meter) -> Measured:
    return task(meter, chain(node("a"), http("b")), ("a", "b"), "b")


@scenario("a delay")
def delay(meter: Meter) -> Measured:
    return task(meter, chain(node("a"), node("b", "delay", config={"seconds": 3600})), ("a",), "b")


@scenario("a delay that gates await, once its Wait is over, in addition")
def delay_settled(meter: Meter) -> Measured:
    definition = chain(node("a"), node("b", "delay", config={"seconds": 3600}), http("c"))
    settling = task(meter, definition, ("a", "b"), "c", settles=["b"], opens={"b": ["g"]})
    return settling.beyond(task(meter, definition, ("a", "b"), "c"))


def _with_gate(meter: Meter, *, waiting: bool, awaits: tuple[str, ...] = ("b",)) -> Measured:
    run = begun(meter, meter.save(chain(node("a"), http("b"))), "a")
    meter.warm(run, "b")
    if waiting:
        meter.task(run, gate="g", awaits=list(awaits), token=TOKEN)
    with meter.measuring() as measuring:
        meter.task(run, "b", function="http", opens={"b": ["g"]})
    return measuring.result


@scenario("a gate that nobody waits at yet, in addition")
def gate_tried(meter: Meter) -> Measured:
    return _with_gate(meter, waiting=False).beyond(one_predecessor(meter))


@scenario("a gate that waits for others still, in addition")
def gate_kept(meter: Meter) -> Measured:
    return _with_gate(meter, waiting=True, awaits=("b", "c")).beyond(one_predecessor(meter))


@scenario("a gate that the node opens, in addition")
def gate_opened(meter: Meter) -> Measured:
    return _with_gate(meter, waiting=True).beyond(one_predecessor(meter))


@scenario("a gate that a Task waits at, in addition")
def gate_waits(meter: Meter) -> Measured:
    return _at_gate(meter, "a", "z")


@scenario("a gate that is open when a Task comes to it, in addition")
def gate_passed(meter: Meter) -> Measured:
    return _at_gate(meter, "a")


def _at_gate(meter: Meter, *awaits: str) -> Measured:
    definition = chain(node("a"), http("b"))
    waiting = task(meter, definition, ("a",), "b", gate="g", awaits=awaits, token=TOKEN)
    return waiting.beyond(one_predecessor(meter))


def _agent(meter: Meter, **config: Any) -> Measured:
    definition = chain(node("a"), {**agent("the order", **config), "id": "b"})
    run = begun(meter, meter.save(definition), "a")
    meter.warm(run, "b")
    with agents_world(), meter.measuring() as measuring:
        meter.task(run, "b", function="agent")
    return measuring.result


@scenario("an agent")
def agent_alone(meter: Meter) -> Measured:
    return _agent(meter)


@scenario("an agent whose model calls an `http` tool")
def agent_with_a_tool(meter: Meter) -> Measured:
    tool = {"name": "order", "description": "Finds it.", "type": "http", "config": {"url": f"{meter.url}2"}}
    return _agent(meter, tools=[tool])


@scenario("a try that fails, with tries left")
def try_failed(meter: Meter) -> Measured:
    failing = http("b", "fail", retry={"max_attempts": 3})
    return task(meter, chain(node("a"), failing), ("a",), "b")


@scenario("a node whose failure is tolerated")
def failure_tolerated(meter: Meter) -> Measured:
    return task(meter, chain(node("a"), http("b", "fail", on_error="continue")), ("a",), "b")


@scenario("a node that fails, and its execution with it")
def failed(meter: Meter) -> Measured:
    return task(meter, chain(node("a"), http("b", "fail")), ("a",), "b")


@scenario("the end of an execution, in its last node's Task, in addition")
def completed(meter: Meter) -> Measured:
    definition = flow(FIRST, node("a"), edges=[("first", "a")])
    return task(meter, definition, (), "a", final=True).beyond(task(meter, definition, (), "a"))
