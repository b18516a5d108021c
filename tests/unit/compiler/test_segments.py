"""Which nodes become one Task, and what that Task is then."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from tests.unit.compiler.definitions import TARGETS, document, node
from tests.unit.compiler.interpreter import TOKEN_RESOURCE, all_states, payload_of
from tests.unit.compiler.strategies import graphs
from workflows.compiler.compile import compile_workflow
from workflows.compiler.normalise import normalise


def tasks(definition: dict[str, Any]) -> list[tuple[str, Any]]:
    machine = compile_workflow(normalise(definition), TARGETS)
    return [(name, state) for name, state in all_states(machine) if state["Type"] == "Task"]


def http(node_id: str, seconds: int = 30, **fields: Any) -> dict[str, Any]:
    return node(node_id, "http", **fields) | {
        "config": {"url": "https://example.com", "timeout_seconds": seconds}
    }


def chain(*nodes: dict[str, Any]) -> list[str]:
    """Returns the nodes of each Task of a chain."""
    ids = [node["id"] for node in nodes]
    edges = [f"{a} {b}" for a, b in pairwise(ids)]
    found = tasks(document(list(nodes), *edges))
    return sorted(" ".join(payload_of(state)["nodes"]) for _, state in found)


A, B, C = http("a"), http("b"), http("c")


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ((node("t"), A, node("u"), B), ["t a u b"]),
        ((http("a", 425), http("b", 425)), ["a b"]),
        ((http("a", 425), http("b", 426)), ["a", "b"]),
        ((http("a", 600, timeout_seconds=10), http("b", 600)), ["a b"]),
        ((http("a", retry={"max_attempts": 2}), B, C), ["a b c"]),
        ((http("a", retry={"max_attempts": 2}), http("b", retry={"max_attempts": 2}), C), ["a", "b c"]),
        ((A, node("d", "delay"), B), ["a d", "b"]),
        (tuple(node(f"t{i}") for i in range(10)), [" ".join(f"t{i}" for i in range(10))]),
    ],
)
def test_a_chain_becomes_as_few_tasks_as_can_be(
    nodes: tuple[dict[str, Any], ...], expected: list[str]
) -> None:
    assert chain(*nodes) == expected


def test_a_condition_at_the_end_is_one_task_and_one_choice() -> None:
    nodes = [node("t"), A, node("u"), node("c", "condition"), node("x"), node("y")]
    machine = compile_workflow(
        normalise(document(nodes, "t a", "a u", "u c", "c x true", "c y false")), TARGETS
    )
    assert Counter(state["Type"] for _, state in all_states(machine)) == {"Task": 4, "Choice": 1}
    assert machine["StartAt"] == "t +3"


def test_the_time_out_is_that_of_all_nodes_where_one_sets_it() -> None:
    ((_, state),) = tasks(document([node("t"), http("a", timeout_seconds=20), B], "t a", "a b"))
    assert state["TimeoutSeconds"] == 5 + 20 + 30 + 5
    ((_, state),) = tasks(document([node("t"), A], "t a"))
    assert "TimeoutSeconds" not in state


@given(graphs())
@settings(max_examples=150)
def test_every_task_keeps_to_what_one_invocation_can(definition: dict[str, Any]) -> None:
    nodes = {node["id"]: node for node in definition["nodes"]}
    for name, state in tasks(definition):
        payload = payload_of(state)
        assert len(name) <= 80
        run = [nodes[node_id] for node_id in payload.get("nodes", [])]
        retried = [node["retry"] for node in run if node.get("retry", {}).get("max_attempts", 1) > 1]
        own = [retrier for retrier in state["Retry"] if "TryFailed" in retrier["ErrorEquals"]]
        assert [retrier["MaxAttempts"] + 1 for retrier in own] == [retry["max_attempts"] for retry in retried]
        assert all(node["type"] not in ("delay", "approval", "workflow") for node in run[:-1])
        arn = (
            state["Parameters"]["FunctionName"] if state["Resource"] == TOKEN_RESOURCE else state["Resource"]
        )
        own_functions = {node["type"] for node in run} & {"http", "workflow"} or {"inline"}
        assert [arn.rpartition("workflows-")[2]] == list(own_functions)
