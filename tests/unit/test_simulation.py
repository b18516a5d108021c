"""The simulation of state machines, on small ones written by hand."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.simulation.events import Loop, Process
from tests.simulation.functions import Functions, Steps, own_gate
from tests.simulation.graph import Graph, Outcome, graph_of
from tests.simulation.machine import Report, simulate
from tests.simulation.oracle import expected_nodes
from tests.simulation.records import Deadlock, Gate, Violation

SECONDS = {"a": 3.0, "b": 5.0, "c": 1.0, "d": 2.0}
AGAIN = [{"ErrorEquals": ["Stopped"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 20}]
GATED = "arn:aws:states:::lambda:invoke.waitForTaskToken"


def workflow(nodes: str, *edges: str, **kinds: str) -> Graph:
    keys = ("source", "target", "when")
    return graph_of(
        {
            "nodes": [{"id": name, "type": kinds.get(name, "http")} for name in nodes],
            "edges": [dict(zip(keys, edge.split(), strict=False)) for edge in edges],
        }
    )


def task(nodes: str, follow: str | None, result: str | None = None, **parameters: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:http",
        "Parameters": {"run.$": "$", "nodes": list(nodes), **parameters},
        "ResultPath": result,
        "Retry": AGAIN,
        **({"Next": follow} if follow else {"End": True}),
    }


def gated(nodes: str, follow: str | None, gate: str, awaits: str, **parameters: Any) -> dict[str, Any]:
    plain = task(nodes, follow, gate=gate, awaits=list(awaits), **parameters)
    payload = {**plain["Parameters"], "token.$": "$$.Task.Token"}
    return {**plain, "Resource": GATED, "Parameters": {"FunctionName": "arn:http", "Payload": payload}}


def states(**by_name: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(by_name)), "States": by_name}


def parallel(follow: str | None, *branches: dict[str, Any]) -> dict[str, Any]:
    state = {"Type": "Parallel", "Branches": list(branches), "ResultPath": None}
    return {**state, **({"Next": follow} if follow else {"End": True})}


def run(machine: dict[str, Any], graph: Graph, **options: Any) -> Report:
    return simulate(machine, graph, duration_of=SECONDS.__getitem__, **options)


def times(report: Report) -> dict[str, tuple[float, float]]:
    return {name: (record.started_at, record.ended_at) for name, record in report.nodes.items()}


def test_a_sequence_takes_the_sum_and_each_state_its_overhead() -> None:
    machine = states(A=task("ab", "C"), C=task("c", None, final=True))
    report = run(machine, workflow("abc", "a b", "b c"), overhead_seconds=0.5)
    assert times(report) == {"a": (0.5, 3.5), "b": (3.5, 8.5), "c": (9.0, 10.0)}
    assert (report.makespan, report.finals, report.transitions) == (10.0, (10.0,), {"Task": 2})


def test_a_parallel_ends_with_its_longest_branch() -> None:
    machine = states(
        P=parallel("C", states(A=task("a", None)), states(B=task("b", None))), C=task("c", None, final=True)
    )
    report = run(machine, workflow("abc", "a c", "b c"))
    assert times(report) == {"a": (0, 3), "b": (0, 5), "c": (5, 6)}
    assert report.transitions == {"Task": 3, "Parallel": 1}
    assert report.nodes["c"].input == ("a", "b")


def n_shape(**open_by_a: Any) -> dict[str, Any]:
    """The N: a -> c, a -> d, b -> d; b's branch waits at a gate for a."""
    return states(
        P=parallel(
            "E",
            states(A=task("ac", None, **open_by_a)),
            states(B=gated("b", "D", "g", "a"), D=task("d", None)),
        ),
        E=task("", None, final=True),
    )


@pytest.mark.parametrize(("a", "b", "d_starts"), [(3.0, 5.0, 5.0), (5.0, 3.0, 5.0), (4.0, 4.0, 4.0)])
def test_a_gate_opens_with_the_later_of_its_waiter_and_what_it_awaits(
    a: float, b: float, d_starts: float
) -> None:
    seconds = {"a": a, "b": b, "c": 9.0, "d": 1.0}
    graph = workflow("abcd", "a c", "a d", "b d")
    report = simulate(n_shape(opens={"a": ["g"]}), graph, duration_of=seconds.__getitem__)
    assert report.nodes["d"].started_at == d_starts
    assert report.makespan == a + 9.0


def test_a_gate_that_nobody_tries_is_a_deadlock_unless_the_waiter_comes_last() -> None:
    graph = workflow("abcd", "a c", "a d", "b d")
    assert run(n_shape(), graph).status == "completed"
    with pytest.raises(Deadlock, match="'g'"):
        simulate(n_shape(), graph, duration_of=lambda name: 9.0 if name == "a" else 1.0)


def test_a_node_that_starts_before_its_predecessor_has_ended_is_a_violation() -> None:
    machine = states(P=parallel(None, states(A=task("a", None)), states(B=task("cb", None))))
    with pytest.raises(Violation, match="b reads a, which is running"):
        run(machine, workflow("abc", "a b"))


def test_a_predecessor_that_runs_after_it_was_taken_for_skipped_is_a_violation() -> None:
    with pytest.raises(Violation, match="took it for skipped"):
        run(states(B=task("b", "A"), A=task("a", None)), workflow("ab", "a b"))


def test_waiting_until_a_time_ends_no_earlier_however_times_are_rounded() -> None:
    begins, ends = 3.530968119265856, 7.839547549490367
    assert begins + (ends - begins) < ends
    loop = Loop()

    def process() -> Process:
        yield begins
        yield from loop.until(ends)

    loop.start(process())
    loop.run()
    assert loop.now == ends


def test_a_delay_passes_in_its_wait_and_counts_as_over_afterwards() -> None:
    machine = states(
        D=task("d", "W", "$.result"),
        W={"Type": "Wait", "TimestampPath": "$.result.until", "Next": "C"},
        C=task("c", None, final=True),
    )
    graph = workflow("dc", "d c", d="delay")
    assert times(run(machine, graph)) == {"d": (0, 2), "c": (2, 3)}
    with pytest.raises(Violation, match="c reads d, which is waiting"):
        run(states(D=task("dc", None)), graph)


def test_a_delay_opens_gates_only_when_a_later_task_settles_it() -> None:
    def machine(**settles: Any) -> dict[str, Any]:
        wait = {"Type": "Wait", "TimestampPath": "$.result.until", "Next": "C"}
        delayed = states(D=task("d", "W", "$.result"), W=wait, C=task("c", None, **settles))
        return states(P=parallel(None, delayed, states(G=gated("", "A", "g", "d"), A=task("a", None))))

    graph = workflow("dac", "d a", "d c", d="delay")
    report = run(machine(settles=["d"], opens={"d": ["g"]}), graph)
    assert times(report) == {"d": (0, 2), "c": (2, 3), "a": (2, 5)}
    with pytest.raises(Deadlock):
        run(machine(), graph)


WOKEN = {"ErrorEquals": ["Woken", "States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1.0}


def asking(nodes: str, follow: str | None, result: str | None = None, **parameters: Any) -> dict[str, Any]:
    plain = task(nodes, follow, result, **parameters)
    payload = {**plain["Parameters"], "token.$": "$$.Task.Token"}
    retry = [AGAIN[0], {**WOKEN, "MaxAttempts": 99}, AGAIN[1]]
    return {
        **plain,
        "Resource": GATED,
        "Parameters": {"FunctionName": "arn", "Payload": payload},
        "Retry": retry,
    }


def test_a_choice_goes_by_what_was_answered() -> None:
    machine = {**CHOICE, "States": {**CHOICE["States"], "A": asking("a", "Choose", "$.result", chooses=True)}}
    report = run(machine, workflow("abc", *IF_EDGES, a="approval"), outcome_of=lambda _: Outcome("true"))
    assert times(report) == {"a": (0, 3), "b": (3, 8), "c": (8, 9)}


def test_what_another_execution_came_to_is_seen_when_the_function_looks_again() -> None:
    machine = states(A=asking("a", "B"), B=task("b", None, final=True))
    report = run(machine, workflow("ab", "a b", a="workflow"))
    assert times(report) == {"a": (0, 4), "b": (4, 9)}
    failed = run(machine, workflow("ab", "a b", a="workflow"), outcome_of=lambda _: Outcome(failed=True))
    assert (failed.status, failed.makespan, failed.nodes["a"].times_run) == ("failed", 4.0, 1)


@pytest.mark.parametrize("kind", ["approval", "workflow"])
def test_random_orders_find_a_function_that_does_not_look_again_once_its_token_is_written(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_answer = Functions._wait_for_answer

    def write_and_return(functions: Functions, node_id: str, token: str) -> Steps:
        if functions.tables.nodes[node_id].status != "waiting":
            yield from wait_for_answer(functions, node_id, token)
            return
        yield from functions._step()
        functions.tables.gates.setdefault(own_gate(node_id), Gate([], (node_id,))).tokens.append(token)

    def stuck() -> int:
        found = 0
        for seed in range(100):
            try:
                run_at_once(machine, graph, seed)
            except Deadlock:
                found += 1
        return found

    machine = states(A=asking("a", "B"), B=task("b", None, final=True))
    graph = workflow("ab", "a b", a=kind)
    assert stuck() == 0
    monkeypatch.setattr(Functions, "_wait_for_answer", write_and_return)
    assert 0 < stuck() < 100


def run_at_once(machine: dict[str, Any], graph: Graph, seed: int) -> Report:
    """In random order, all that can happen at the start."""
    return simulate(machine, graph, duration_of=lambda _: 0.0, random=Random(seed), crashes=2)


CHOICE = states(
    A=task("a", "Choose", "$.result", chooses=True),
    Choose={
        "Type": "Choice",
        "Choices": [{"Variable": "$.result.branch", "StringEquals": "true", "Next": "B"}],
        "Default": "C",
    },
    B=task("b", "C"),
    C=task("c", None, final=True),
)
IF_EDGES = ("a b true", "b c", "a c false")
IF = workflow("abc", *IF_EDGES)


@pytest.mark.parametrize(("branch", "ran", "reads"), [("true", "abc", ("b",)), ("false", "ac", ("a",))])
def test_a_choice_passes_over_what_it_does_not_lead_to(branch: str, ran: str, reads: tuple[str, ...]) -> None:
    report = run(CHOICE, IF, outcome_of=lambda _: Outcome(branch))
    assert "".join(report.nodes) == ran
    assert report.nodes["c"].input == reads


def test_a_choice_without_a_result_in_the_state_is_a_violation() -> None:
    machine = {**CHOICE, "States": {**CHOICE["States"], "A": task("a", "Choose")}}
    with pytest.raises(Violation, match=r"\$\.result\.branch"):
        run(machine, IF)


def test_a_failure_that_nothing_tolerates_ends_the_execution_at_once() -> None:
    machine = states(
        P=parallel("C", states(A=task("a", None)), states(B=task("b", None))), C=task("c", None, final=True)
    )
    graph = workflow("abc", "a c", "b c")
    report = run(machine, graph, outcome_of=lambda name: Outcome(failed=name == "a"))
    assert (report.status, report.makespan, report.finals) == ("failed", 3.0, ())
    assert report.nodes["b"].status == "running"


def test_a_tolerated_failure_opens_the_error_edges_alone() -> None:
    machine = states(A=task("abc", None, final=True))
    graph = workflow("abc", "a b error", "a c")
    report = run(machine, graph, outcome_of=lambda name: Outcome(failed=name == "a"))
    assert {name: record.status for name, record in report.nodes.items()} == {
        "a": "failed",
        "b": "completed",
        "c": "skipped",
    }


@pytest.mark.parametrize("join", ["any", "all"])
def test_the_oracle_keeps_the_plain_edges_of_a_failure_that_continues(join: str) -> None:
    graph = graph_of(
        {
            "nodes": [
                {"id": "a", "type": "http", "on_error": "continue"},
                {"id": "b", "type": "http", "join": join},
            ],
            "edges": [{"source": "a", "target": "b"}],
        }
    )
    expected = expected_nodes(graph, lambda name: Outcome(failed=name == "a"))
    assert (expected["a"].status, expected["b"].status, expected["b"].input) == (
        "failed",
        "completed",
        ("a",),
    )


@pytest.mark.parametrize(("joins_all", "status"), [(False, "completed"), (True, "skipped")])
def test_the_oracle_lets_one_dead_edge_skip_a_node_that_joins_all(joins_all: bool, status: str) -> None:
    graph = graph_of(
        {
            "nodes": [
                {"id": "a", "type": "condition"},
                {"id": "b", "type": "http", "join": "all" if joins_all else "any"},
                {"id": "c", "type": "http"},
            ],
            "edges": [
                {"source": "a", "target": "b", "when": "true"},
                {"source": "a", "target": "b", "when": "false"},
                {"source": "b", "target": "c"},
            ],
        }
    )
    expected = expected_nodes(graph, lambda name: Outcome("true"))
    assert expected["b"].status == expected["c"].status == status


@pytest.mark.parametrize("seed", range(50))
def test_a_gate_opens_whatever_the_order_and_whatever_is_killed(seed: int) -> None:
    report = simulate(
        n_shape(opens={"a": ["g"]}),
        workflow("abcd", "a c", "a d", "b d"),
        duration_of=lambda _: 0.0,
        random=Random(seed),
        crashes=4,
    )
    assert {name: record.status for name, record in report.nodes.items()} == dict.fromkeys(
        "abcd", "completed"
    )
    assert len(report.finals) == 1


def test_different_seeds_take_simultaneous_steps_in_different_orders() -> None:
    machine = states(P=parallel(None, states(A=task("a", None)), states(B=task("b", None))))
    orders = {"".join(simulate(machine, workflow("ab"), random=Random(seed)).nodes) for seed in range(20)}
    assert orders == {"ab", "ba"}


def test_random_orders_find_a_gate_that_is_read_before_the_token_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read_then_write(functions: Functions, gate_id: str, awaits: list[str], token: str) -> Steps:
        if functions.tables.all_settled(awaits):
            functions.tables.send_success(token, awaits, functions.loop)
        yield from functions._step()
        functions.tables.gates[gate_id] = Gate([token], tuple(awaits))

    monkeypatch.setattr(Functions, "_wait_at_gate", read_then_write)
    graph = workflow("abcd", "a c", "a d", "b d")
    stuck = 0
    for seed in range(50):
        try:
            simulate(n_shape(opens={"a": ["g"]}), graph, duration_of=lambda _: 0.0, random=Random(seed))
        except Deadlock:
            stuck += 1
    assert 0 < stuck < 50
