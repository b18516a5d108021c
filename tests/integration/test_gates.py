"""Exit gates on moto's records: whoever comes last opens them."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.functions import invoke
from tests.integration.conftest import World, flow
from workflows.domain.errors import Unavailable
from workflows.runtime.errors import Interrupted

Opened = list[str]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """The tokens that were sent success, in order."""
    tokens: Opened = []
    monkeypatch.setattr("workflows.runtime.gates.send_success", tokens.append)
    return tokens


@pytest.fixture
def run(world: World) -> dict[str, Any]:
    """The input of an execution with the sources a, b and a delay d, and the node c after a and b."""
    nodes = [
        {"id": node_id, "type": "transform", "config": {"value": node_id}} for node_id in ("a", "b", "c")
    ]
    delay = {"id": "d", "type": "delay", "config": {"seconds": 3600}}
    execution_id = world.accept(world.save(flow(*nodes, delay, edges=[("a", "c"), ("b", "c")])))
    return world.machine(execution_id)[1]


def task(run: dict[str, Any], *nodes: str, **parameters: Any) -> Any:
    return invoke("nodes/inline", {"run": run, "nodes": list(nodes), **parameters})


WAITER: dict[str, Any] = {"gate": "g1", "awaits": ["a", "b"], "token": "token-1"}


@pytest.mark.parametrize("order", list(permutations(["a", "b", "waiter"])))
def test_gate_opens_with_the_last_of_its_nodes_and_its_waiter(
    run: dict[str, Any], opened: Opened, order: tuple[str, ...]
) -> None:
    for step in order:
        assert opened == []
        if step == "waiter":
            task(run, **WAITER)
        else:
            task(run, step, opens={step: ["g1"]})
    assert set(opened) == {"token-1"}


def test_settled_node_tries_its_gates_again_when_its_task_is_repeated(
    run: dict[str, Any], opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    task(run, **WAITER)
    task(run, "a", opens={"a": ["g1"]})
    with monkeypatch.context() as crash:
        crash.setattr("workflows.runtime.run_segment.try_gates", _crash)
        with pytest.raises(Interrupted):
            task(run, "b", opens={"b": ["g1"]})
    assert opened == []

    task(run, "b", opens={"b": ["g1"]})

    assert opened == ["token-1"]


def _crash(*_: object) -> None:
    raise ConnectionError


def test_every_token_of_a_repeated_waiter_is_answered(run: dict[str, Any], opened: Opened) -> None:
    task(run, **WAITER)
    task(run, **{**WAITER, "token": "token-2"})
    task(run, "a", opens={"a": ["g1"]})
    task(run, "b", opens={"b": ["g1"]})
    assert opened == ["token-2", "token-1"]


def test_gate_that_was_waited_at_often_keeps_the_latest_tokens(run: dict[str, Any], opened: Opened) -> None:
    for number in range(25):
        task(run, **{**WAITER, "token": f"token-{number}"})
    task(run, "a", "b", opens={"b": ["g1"]})
    assert opened[0] == "token-24"
    assert len(opened) <= 20


def test_token_that_cannot_be_told_keeps_no_other_waiting(
    run: dict[str, Any], opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_the_latest(token: str) -> None:
        if token == "token-2":
            raise Unavailable("throttled")
        opened.append(token)

    monkeypatch.setattr("workflows.runtime.gates.send_success", refuse_the_latest)
    task(run, **WAITER)
    task(run, **{**WAITER, "token": "token-2"})
    with pytest.raises(Interrupted):
        task(run, "a", "b", opens={"b": ["g1"]})
    assert opened == ["token-1"]


def test_segment_runs_its_nodes_before_it_waits_and_opens_gates_in_between(
    run: dict[str, Any], opened: Opened
) -> None:
    task(run, gate="g2", awaits=["a"], token="other")
    task(run, "a", opens={"a": ["g2"]}, gate="g1", awaits=["b"], token="own")
    assert opened == ["other"]
    task(run, "b", opens={"b": ["g1"]})
    assert opened == ["other", "own"]


def test_delay_opens_its_gates_when_the_wait_is_over_and_not_before(
    world: World, run: dict[str, Any], opened: Opened
) -> None:
    task(run, gate="g1", awaits=["d"], token="token")
    assert task(run, "d")["until"] > "2026"
    task(run, "a", opens={"a": ["g1"]})
    assert opened == []

    task(run, settles=["d"], opens={"d": ["g1"]})

    assert opened == ["token"]
    assert (
        world.item("ExecutionsTable", execution_id=run["execution_id"], record="node#d")["status"]
        == "completed"
    )
    task(run, settles=["d"], opens={"d": ["g1"]})
    assert opened == ["token", "token"]


def test_failing_task_with_a_token_ends_by_its_token(
    world: World, run: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "workflows.runtime.handler.send_failure", lambda token, error, _: failures.append((token, error))
    )
    world.call("cancel_execution", path={"execution_id": run["execution_id"]})

    task(run, "a", **WAITER)

    assert failures == [("token-1", "Stopped")]
