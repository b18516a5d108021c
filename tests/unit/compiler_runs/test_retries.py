"""How the simulation retries Tasks; and that it finds out Retries with which executions fail."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.simulation.functions import Functions, Steps
from tests.simulation.graph import Outcome, graph_of
from tests.simulation.machine import Report, simulate
from tests.simulation.records import Deadlock, Gate, Violation
from tests.simulation.retries import Retries
from tests.unit.compiler.definitions import TARGETS, document, node
from tests.unit.compiler.interpreter import TOKEN_RESOURCE, all_states
from workflows.compiler.compile import compile_workflow
from workflows.compiler.normalise import normalise

Machine = dict[str, Any]

N = document([node(name, "http", retry={"max_attempts": 3}) for name in "abcd"], "a c", "a d", "b d")
"""The Task of `b` waits at a gate for `a`; each node has three tries."""


def test_the_first_retrier_that_names_an_error_has_it_alone() -> None:
    retries = Retries(
        [
            {"ErrorEquals": ["TryFailed"], "IntervalSeconds": 3, "MaxAttempts": 2, "BackoffRate": 1.5},
            {"ErrorEquals": ["Stopped"], "MaxAttempts": 0},
            {"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 3},
        ],
        None,
    )
    assert [retries.delay_seconds("TryFailed") for _ in range(3)] == [3.0, 4.5, None]
    assert retries.delay_seconds("Stopped") is None
    assert [retries.delay_seconds(error) for error in ("Superseded", "a", "b", "c")] == [1.0, 2.0, 3.0, None]


def test_jitter_shortens_delays_and_no_retrier_is_no_retry() -> None:
    retrier = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "JitterStrategy": "FULL"}
    delay = Retries([retrier], Random(0)).delay_seconds("any")
    assert delay is not None
    assert 0 <= delay < 10
    assert Retries([], None).delay_seconds("any") is None


def test_a_wildcard_before_other_retriers_is_a_violation() -> None:
    with pytest.raises(Violation, match="last"):
        Retries([{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["Stopped"]}], None)


def run(change: Callable[[Any], None], seed: int, *, failed_tries: int = 0, crashes: int = 0) -> Report:
    """Simulates the N with the Task states of its machine changed."""
    machine: Any = compile_workflow(normalise(N), TARGETS)
    for _, state in all_states(machine):
        if state["Type"] == "Task":
            change(state)
    return simulate(
        machine,
        graph_of(N),
        outcome_of=lambda name: Outcome(failed_tries=failed_tries if name == "a" else 0),
        random=Random(seed),
        crashes=crashes,
    )


def unchanged(state: Machine) -> None:
    pass


def without_retry_at_gates(state: Machine) -> None:
    if state["Resource"] == TOKEN_RESOURCE:
        state["Retry"] = []


def with_one_attempt_too_few(state: Machine) -> None:
    own = state["Retry"][0]
    if own["ErrorEquals"] == ["TryFailed"]:
        own["MaxAttempts"] -= 1


def test_a_node_has_as_many_tries_as_it_asks_for() -> None:
    report = run(unchanged, 0, failed_tries=2)
    assert (report.status, report.nodes["a"].times_run) == ("completed", 3)
    # The second try comes after a second, the third after two more.
    assert report.nodes["a"].ended_at == 6.0


def test_one_attempt_too_few_fails_the_execution() -> None:
    assert run(with_one_attempt_too_few, 0, failed_tries=1).status == "completed"
    report = run(with_one_attempt_too_few, 0, failed_tries=2)
    assert (report.status, report.error) == ("failed", "TryFailed")


def test_a_gate_without_a_retry_fails_the_execution_when_its_function_is_killed() -> None:
    assert {run(unchanged, seed, crashes=6).status for seed in range(50)} == {"completed"}
    failed = {run(without_retry_at_gates, seed, crashes=6).error for seed in range(50)}
    assert {"", "Lambda.Unknown", "Lambda.SdkClientException"} == failed - {"Superseded"}


def test_a_gate_that_keeps_one_token_is_found_out_by_functions_that_outlive_their_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def keep_the_last(functions: Functions, gate_id: str, awaits: list[str], token: str) -> Steps:
        yield from functions._step()
        functions.tables.gates[gate_id] = Gate([token], tuple(awaits))
        yield from functions._open_if_settled(Gate([token], tuple(awaits)))

    monkeypatch.setattr(Functions, "_wait_at_gate", keep_the_last)
    stuck = 0
    for seed in range(300):
        try:
            run(unchanged, seed, crashes=6)
        except Deadlock:
            stuck += 1
    assert 0 < stuck < 300
