"""The real functions of gates, in every interleaving of their calls; and how consistently they read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from tests.functions import invoke
from tests.integration.conftest import World, flow
from tests.unit.compiler_runs.replays import AWAITS, TASKS, Call, Function, NextCall, Pause, explore
from workflows.adapters.clients import client
from workflows.domain.gate import Gate
from workflows.runtime import gates, run_segment
from workflows.runtime.invocation import Invocation
from workflows.runtime.segment import GateAhead, Segment


class Replay:
    """The stores, the guard and Step Functions, as a function sees them."""

    payloads = None

    def __init__(self, answers: Sequence[Any]) -> None:
        self._answers = iter(answers)
        self.gates = self.executions = self

    def call(self, what: str, subject: str = "") -> Any:
        for answer in self._answers:
            return answer
        raise Pause((what, subject))

    def settle(self, node_id: str) -> Any:
        self.call("settle", node_id)
        return SimpleNamespace(node_id=node_id)

    def add_token(self, _: str, path: str, gate_id: str, awaits: Sequence[str], token: str) -> Gate:
        return Gate("e", gate_id, path, tuple(awaits), self.call("add_token", token))

    def read(self, _: str, path: str, gate_ids: Sequence[str]) -> list[Gate]:
        found = [(gate_id, self.call("read_gate")) for gate_id in gate_ids]
        return [Gate("e", gate_id, path, AWAITS, tokens) for gate_id, tokens in found if tokens]

    def read_records(self, _: str, __: str, node_ids: Sequence[str]) -> dict[str, Any]:
        # One by one, as a BatchGet is no snapshot. Of `a` there is a record also before it is settled.
        settled = {node_id: self.call("read_node", node_id) for node_id in node_ids}
        return {
            node_id: SimpleNamespace(is_settled=is_settled)
            for node_id, is_settled in settled.items()
            if is_settled or node_id == "a"
        }


@pytest.fixture
def next_call(monkeypatch: pytest.MonkeyPatch) -> NextCall:
    """What a function does next; None if it has ended."""
    playing: list[Any] = []
    guards = {
        node_id: SimpleNamespace(
            body=None,
            node=SimpleNamespace(type="http"),
            settle=lambda node_id=node_id: playing[-1].settle(node_id),
        )
        for node_id in AWAITS
    }
    monkeypatch.setattr(gates, "send_success", lambda token: playing[-1].call("send", token))
    monkeypatch.setattr(Invocation, "specs", lambda *_: guards)
    monkeypatch.setattr(Invocation, "guard", lambda _, guard: guard)

    @cache
    def play(function: Function) -> Call | None:
        playing[:] = [Replay(function.answers)]
        node_ids = TASKS[function.task]
        ahead = None if node_ids else GateAhead("g", AWAITS, str(function.number))
        opens = dict.fromkeys(node_ids, ("g",))
        segment = Segment("e", "w", 1, 1, "", node_ids, (), opens, ahead, final=False)
        try:
            run_segment.run_segment(segment, {}, playing[-1], 0.0)
        except Pause as pause:
            call: Call = pause.args[0]
            return call
        return None

    return play


@pytest.mark.parametrize("interruptions", [0, 1])
def test_gate_opens_once_all_is_settled_whatever_the_order_and_whatever_is_killed(
    next_call: NextCall, interruptions: int
) -> None:
    states, stuck = explore(next_call, interruptions)
    assert states > 400 * 20**interruptions
    assert stuck == 0


def test_waiter_that_reads_before_it_writes_gets_stuck(
    next_call: NextCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_write(segment: Segment, stores: Any) -> None:
        assert segment.gate is not None
        token = segment.gate.token
        gates._open_if_settled(Gate("e", "g", "", AWAITS, (token,)), stores)
        stores.gates.add_token("e", "", "g", AWAITS, token)

    monkeypatch.setattr(run_segment, "wait_at_gate", read_then_write)
    _, stuck = explore(next_call, 0)
    assert stuck > 0


@pytest.mark.parametrize("count", [1, 2, 3, 7, 14, 15, 140])
def test_gate_of_any_width_waits_for_each_of_its_nodes(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(gates, "send_success", sent.append)
    awaits = tuple(f"n{i}" for i in range(count))

    def wait(*unsettled: str) -> None:
        known = {node_id: SimpleNamespace(is_settled=node_id not in unsettled) for node_id in awaits}
        stores: Any = SimpleNamespace(
            gates=SimpleNamespace(add_token=lambda *_: Gate("e", "g", "", awaits, ("1", "2"))),
            executions=SimpleNamespace(read_records=lambda _, __, some: {name: known[name] for name in some}),
        )
        ahead = GateAhead("g", awaits, "2")
        gates.wait_at_gate(Segment("e", "w", 1, 1, "", (), (), {}, ahead, final=False), stores)

    for node_id in awaits:
        wait(node_id)
    assert sent == []
    wait()
    assert sent == ["2"]


def test_gates_and_awaited_nodes_are_read_consistently(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "send_success", lambda _: None)
    nodes = [{"id": node_id, "type": "transform", "config": {"value": 1}} for node_id in ("a", "b", "c")]
    execution_id = world.accept(world.save(flow(*nodes, edges=[("a", "c"), ("b", "c")])))
    run = world.machine(execution_id)[1]
    reads: list[tuple[list[str], bool]] = []

    def note(params: Any, **_: Any) -> None:
        for request in params["RequestItems"].values():
            records = [key["record"]["S"] for key in request["Keys"] if "record" in key]
            reads.append((records, request.get("ConsistentRead", False)))

    events = client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb.BatchGetItem", note)
    try:
        invoke("nodes/inline", {"run": run, "gate": "g", "awaits": ["a", "b"], "token": "t"})
        for node_id in ("a", "b"):
            invoke("nodes/inline", {"run": run, "nodes": [node_id], "opens": {node_id: ["g"]}})
    finally:
        events.unregister("provide-client-params.dynamodb.BatchGetItem", note)

    of_gates = [is_consistent for records, is_consistent in reads if "gate#g" in records]
    of_nodes = [is_consistent for records, is_consistent in reads if {"node#a", "node#b"} <= {*records}]
    assert of_gates == [True] * 2
    assert of_nodes == [True] * 3
