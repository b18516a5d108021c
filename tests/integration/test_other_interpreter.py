"""Workflows as moto's interpreter executes their state machines, against an oracle that knows the graphs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from random import Random
from typing import Any

import pytest

from tests.integration.conftest import flow
from tests.integration.flows import statuses, transform
from tests.integration.moto_engine import Engine, body_of, moto_engine
from tests.loopback import Handler, MakeServer, reply, reply_json
from tests.simulation.graph import Outcome, graph_of
from tests.simulation.oracle import Expected, expected_nodes
from tests.unit.compiler.definitions import TARGETS
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.normalise import normalise
from workflows.domain.times import parse_time

SEEDS = range(12)
KINDS = ("http",) * 4 + ("transform", "condition", "condition", "condition", "switch", "delay")
HANDLES = {"condition": ("true", "false"), "switch": ("a", "b")}
BRANCHES = {"condition": ("true", "false"), "switch": ("a", "b", "")}
RAISES = '{{$error("broken")}}'
# moto waits until whole seconds, too short, and takes UTC for local time: only a time long past is right.
LONG_PAST = "2000-01-01T00:00:00Z"


@dataclass(frozen=True)
class Case:
    """A workflow whose nodes are made for their outcomes."""

    definition: dict[str, Any]
    outcomes: dict[str, Outcome]

    def expected(self) -> dict[str, Expected]:
        return expected_nodes(graph_of(self.definition), self.outcomes.__getitem__)

    def machine(self) -> str:
        return definition_json(compile_workflow(normalise(self.definition), TARGETS))


def draw_case(seed: int) -> Case:
    """Layers of nodes, each after one or two of those before: most have N shapes, hence gates."""
    random = Random(seed)
    kinds: dict[str, str] = {}
    edges: list[dict[str, str]] = []
    above: list[str] = []
    for _ in range(4):
        layer = [f"n{len(kinds) + i}" for i in range(random.choice([1, 2, 3, 3]))]
        for target in layer:
            sources = above if random.random() < 0.8 else list(kinds)
            for source in random.sample(sources, min(len(sources), random.choice([1, 1, 2, 2]))):
                edges += draw_edges(random, source, target, kinds[source])
        kinds |= {node_id: random.choice(KINDS) for node_id in layer}
        above = layer
    catching = {edge["source"] for edge in edges if edge.get("when") == "error"}
    case = Case({"name": f"seed {seed}", "nodes": [], "edges": edges}, {})
    for node_id, kind in kinds.items():
        settings = draw_settings(random)
        may_fail = kind != "delay" and (node_id in catching or settings["on_error"] == "continue")
        failed = may_fail and random.random() < 0.6
        outcome = Outcome("" if failed else random.choice(BRANCHES.get(kind, ("",))), failed)
        case.outcomes[node_id] = outcome
        case.definition["nodes"].append(node(node_id, kind, outcome, **settings))
    return case


def draw_edges(random: Random, source: str, target: str, kind: str) -> list[dict[str, str]]:
    """One edge, or two that differ in their handles."""
    handles = [*HANDLES.get(kind, (None, None)) * 2, None, None, "error"]
    whens = dict.fromkeys(random.sample(handles, random.choice([1, 1, 1, 2])))
    return [{"source": source, "target": target} | ({"when": when} if when else {}) for when in whens]


def draw_settings(random: Random) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "join": random.choice(["any", "any", "any", "all"]),
        "on_error": random.choice(["fail", "fail", "fail", "continue"]),
    }
    if random.random() < 0.25:
        settings["retry"] = {"max_attempts": 2}
    if random.random() < 0.25:
        settings["timeout_seconds"] = 60
    return settings


def node(node_id: str, kind: str, outcome: Outcome, **settings: Any) -> dict[str, Any]:
    """A node that comes out so, and tells its input where its type can."""
    said = told(node_id, "{{input}}")
    config: dict[str, Any]
    match kind:
        case "transform":
            config = {"value": RAISES if outcome.failed else said}
        case "http":
            # None is to be tried again: moto repeats a Task with the token that the failure has used up.
            status = 200 if not outcome.failed else 404 if "retry" in settings else 500
            config = {"method": "POST", "url": f"{{{{inputs.url}}}}/{status}", "json": said}
        case "condition":
            config = {"expression": RAISES if outcome.failed else f"{{{{{outcome.branch}}}}}"}
        case "switch":
            whens = {name: f"{{{{{json.dumps(name == outcome.branch)}}}}}" for name in HANDLES[kind]}
            cases = [
                {"case": name, "when": RAISES if outcome.failed else when} for name, when in whens.items()
            ]
            config = {"cases": cases}
        case _:
            config = {"until": LONG_PAST}
    return {"id": node_id, "type": kind, "config": config, **settings}


def told(node_id: str, value: Any) -> dict[str, Any]:
    return {"node": node_id, "input": value}


def echo(handler: Handler) -> None:
    """Answers the body that it gets, with the status that the path names and no header that varies."""
    body = body_of(handler)
    handler.send_response_only(int(handler.path[1:]))
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.wfile.write(body)


def expected_values(
    expected: Mapping[str, Expected], nodes: Mapping[str, dict[str, Any]], inputs: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and outputs of the nodes that are executed.

    Args:
        nodes: As the API shows them, for their types and the words of their errors alone.
    """
    given: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for node_id, found in expected.items():
        if found.status == "skipped":
            continue
        values = {source: outputs[source] for source in found.input}
        given[node_id] = inputs if not values else values if len(values) > 1 else values[found.input[0]]
        said = told(node_id, given[node_id])
        match nodes[node_id]["type"]:
            case _ if found.status == "failed":
                outputs[node_id] = {"error": nodes[node_id]["error"]}
            case "transform":
                outputs[node_id] = said
            case "http":
                headers = {"content-type": "application/json"}
                outputs[node_id] = {"status": 200, "headers": headers, "body": said}
            case _:
                outputs[node_id] = given[node_id]
    return given, outputs


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with moto_engine() as engine:
        yield engine


@pytest.mark.parametrize("seed", SEEDS)
def test_random_workflow_does_what_its_graph_says(engine: Engine, make_server: MakeServer, seed: int) -> None:
    case, server = draw_case(seed), make_server(echo)
    edges, expected, inputs = case.definition["edges"], case.expected(), {"url": server.url("")}

    # Whoever opens a gate comes last in half of the cases; in the others mostly first.
    ended = engine.execute(case.definition, inputs, holds_openers=seed % 2 == 0)

    nodes = ended.execution["nodes"]
    assert (ended.status, ended.execution["status"]) == ("SUCCEEDED", "completed")
    assert ended.failures == ended.token_failures == []
    assert {node_id: (node["status"], node.get("tries")) for node_id, node in nodes.items()} == {
        node_id: (node.status, None if node.status == "skipped" else 1) for node_id, node in expected.items()
    }
    given, outputs = expected_values(expected, nodes, inputs)
    assert ended.outputs == outputs
    sent = [told(node_id, given[node_id]) for node_id in given if nodes[node_id]["type"] == "http"]
    seen = [json.loads(request.body) for request in server.seen]
    assert sorted(seen, key=itemgetter("node")) == sorted(sent, key=itemgetter("node"))
    last = nodes.keys() - {edge["source"] for edge in edges}
    results = {node_id: outputs[node_id] for node_id in last & outputs.keys()}
    assert ended.execution.get("result") == (results if len(last) > 1 else results.get(*last))
    for edge in edges:
        if {edge["source"], edge["target"]} <= given.keys():
            assert nodes[edge["source"]]["completed_at"] <= nodes[edge["target"]]["started_at"], edge


def test_random_workflows_take_all_that_a_machine_can_do() -> None:
    cases = [draw_case(seed) for seed in SEEDS]
    machines = [case.machine() for case in cases]
    for part in (".waitForTaskToken", '"Choice"', '"Parallel"', '"Wait"', '"TryFailed"', '"TimeoutSeconds"'):
        assert sum(part in machine for machine in machines) >= 3, part
    nodes = [node for case in cases for node in case.expected().values()]
    became = Counter(node.status for node in nodes)
    assert min(became["completed"], became["failed"], became["skipped"]) >= 15
    assert sum(len(node.input) > 1 for node in nodes) >= 10


def test_failed_try_is_repeated_by_the_engine(engine: Engine, make_server: MakeServer) -> None:
    server = make_server(reply(503), reply_json(200, "done"))
    call = node("call", "http", Outcome(), retry={"max_attempts": 2})

    ended = engine.execute(flow(call, transform("after"), edges=[("call", "after")]), {"url": server.url("")})

    assert (ended.status, ended.failures) == ("SUCCEEDED", ["TryFailed"])
    assert statuses(ended.execution) == {"call": "completed", "after": "completed"}
    call = ended.execution["nodes"]["call"]
    assert call["tries"] == len(server.seen) == 2
    # The retrier for whatever else happens waits a random part of a second; the node's own, one second.
    assert parse_time(call["completed_at"]) - parse_time(call["started_at"]) >= timedelta(seconds=1)


@pytest.mark.parametrize(("status", "failures"), [(404, ["Stopped"]), (503, ["TryFailed", "Stopped"])])
def test_final_failure_ends_the_machine_without_another_try(
    engine: Engine, make_server: MakeServer, status: int, failures: list[str]
) -> None:
    server = make_server(reply(status))
    call = node("call", "http", Outcome(), retry={"max_attempts": 2})

    ended = engine.execute(flow(call, transform("after"), edges=[("call", "after")]), {"url": server.url("")})

    assert (ended.status, ended.error, ended.failures) == ("FAILED", "Stopped", failures)
    assert (ended.execution["status"], ended.execution["error"]["node_id"]) == ("failed", "call")
    assert statuses(ended.execution) == {"call": "failed", "after": "cancelled"}
    assert ended.execution["nodes"]["call"]["tries"] == len(server.seen) == len(failures)


def test_final_failure_before_a_gate_ends_the_machine(engine: Engine, make_server: MakeServer) -> None:
    nodes = [node(node_id, "http", Outcome(failed=node_id == "b")) for node_id in "abcd"]
    definition = flow(*nodes, edges=[("a", "c"), ("a", "d"), ("b", "d")])

    # Of a, called after b has failed, the answer would be Stopped too, and could come first.
    ended = engine.execute(definition, {"url": make_server(echo).url("")}, holds_openers=True)

    assert (ended.status, ended.error, ended.token_failures) == ("FAILED", "Stopped", ["Stopped"])
    assert ended.execution["status"] == "failed"
    assert ended.execution["nodes"]["b"]["tries"] == 1
    assert statuses(ended.execution) | {"b": "failed", "d": "cancelled"} == statuses(ended.execution)
