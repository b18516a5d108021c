"""Every interleaving of the gate protocol, with crashes; and that broken protocols are found out.

The programs mirror `workflows.runtime.gates`: each side writes before it reads.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.compiler_runs.gate_protocol import EarlySuccess, Exploration, Program, Protocol, Step, explore

RETURN = (Step("return"),)


def try_gate(position: int, gate: int, awaits: Sequence[int]) -> Program:
    """Returns the steps, from `position` on, of who has settled a node that a gate awaits."""
    return (
        Step("read_gate", gate, otherwise=position + len(awaits) + 2),
        *open_gate(position + 1, gate, awaits),
    )


def open_gate(position: int, gate: int, awaits: Sequence[int]) -> Program:
    beyond = position + len(awaits) + 1
    return (*(Step("read_node", gate, node, beyond) for node in awaits), Step("send", gate))


def opener(node: int, gate: int, awaits: Sequence[int]) -> Program:
    """Returns the function of an awaited node."""
    return (Step("settle", node), *try_gate(1, gate, awaits), *RETURN)


def waiter(gate: int, awaits: Sequence[int]) -> Program:
    """Returns the function of the Task that waits."""
    return (Step("write_token", gate), *open_gate(1, gate, awaits), *RETURN)


def one_gate(awaited: int) -> tuple[list[int], list[Program]]:
    awaits = list(range(awaited))
    return awaits, [waiter(0, awaits), *(opener(node, 0, awaits) for node in awaits)]


def explored(programs: Sequence[Program], *awaits: Sequence[int]) -> Exploration:
    return explore(Protocol(tuple(programs), tuple(tuple(nodes) for nodes in awaits)))


def check_lost_wake_up(result: Exploration) -> None:
    """Asserts that everything can be settled and the waiter still wait, though all can go well too."""
    assert all(all(state.nodes) and "none" not in state.tokens for state in result.stuck)
    assert 0 < len(result.stuck) <= len(result.hopeless) < result.states / 2


@pytest.mark.parametrize(
    ("awaited", "outcomes"), [(1, ("run", "skipped")), (2, ("run", "skipped")), (3, ("run",))]
)
def test_a_gate_always_opens_and_never_early(awaited: int, outcomes: tuple[str, ...]) -> None:
    awaits, programs = one_gate(awaited)
    result = explore(Protocol(tuple(programs), (tuple(awaits),), outcomes))
    assert result.states > 10**awaited
    assert (result.stuck, result.hopeless) == ((), ())


def test_two_awaited_nodes_in_one_function_each_try_the_gate() -> None:
    awaits = [0, 1]
    first = (Step("settle", 0), *try_gate(1, 0, awaits))
    both = (*first, Step("settle", 1), *try_gate(len(first) + 1, 0, awaits), *RETURN)
    result = explored([waiter(0, awaits), both], awaits)
    assert (result.stuck, result.hopeless) == ((), ())


def test_two_branches_that_wait_for_each_other_after_their_own_nodes_both_go_on() -> None:
    def branch(node: int, opens: int, gate: int, awaits: int) -> Program:
        settled = (Step("settle", node), *try_gate(1, opens, [node]))
        position = len(settled) + 1
        return (*settled, Step("write_token", gate), *open_gate(position, gate, [awaits]), *RETURN)

    result = explored([branch(0, 1, 0, 1), branch(1, 0, 1, 0)], [1], [0])
    assert (result.stuck, result.hopeless) == ((), ())


def test_one_node_opens_two_gates() -> None:
    first = (Step("settle", 0), *try_gate(1, 0, [0]))
    both = (*first, *try_gate(len(first), 1, [0]), *RETURN)
    result = explored([waiter(0, [0]), waiter(1, [0]), both], [0], [0])
    assert (result.stuck, result.hopeless) == ((), ())


def test_a_waiter_that_reads_before_it_writes_gets_stuck() -> None:
    awaits, (_, *openers) = one_gate(2)
    broken = (
        *(Step("read_node", 0, node, otherwise=5) for node in awaits),
        Step("write_token", 0),
        Step("send", 0),
        Step("return"),
        Step("write_token", 0),
        Step("return"),
    )
    check_lost_wake_up(explored([broken, *openers], awaits))


def test_a_node_that_reads_the_gate_before_it_is_settled_gets_stuck() -> None:
    awaits, (waits, *openers) = one_gate(2)
    settle, read, *rest = openers[0]
    broken = (read._replace(otherwise=len(openers[0]) - 1), settle, *rest)
    # Where it finds nobody waiting it is settled all the same.
    broken = (*broken[:-1], Step("settle", 0), Step("return"))
    check_lost_wake_up(explored([waits, broken, openers[1]], awaits))


def test_a_node_that_reads_the_others_before_it_is_settled_gets_stuck() -> None:
    awaits = [0, 1]

    def broken(node: int) -> Program:
        other = 1 - node
        return (
            Step("read_gate", 0, otherwise=5),
            Step("read_node", 0, other, otherwise=5),
            Step("settle", node),
            Step("send", 0),
            Step("return"),
            Step("settle", node),
            Step("return"),
        )

    check_lost_wake_up(explored([waiter(0, awaits), broken(0), broken(1)], awaits))


def test_a_settled_node_that_does_not_try_its_gates_again_gets_stuck() -> None:
    awaits, (waits, *openers) = one_gate(2)
    settle, *rest = openers[0]
    # Who finds the node settled returns at once.
    broken = (
        Step("read_node", 0, 0, otherwise=2),
        Step("return"),
        settle,
        *(_moved(step, 2) for step in rest),
    )
    check_lost_wake_up(explored([waits, broken, openers[1]], awaits))


def test_a_waiter_whose_retry_keeps_the_old_token_gets_stuck() -> None:
    awaits, (waits, *openers) = one_gate(2)
    broken = (Step("write_token_once", 0), *waits[1:])
    check_lost_wake_up(explored([broken, *openers], awaits))


@pytest.mark.parametrize("awaited", [1, 2])
def test_a_function_that_outlives_its_task_is_harmless_where_the_gate_keeps_all_tokens(awaited: int) -> None:
    awaits, programs = one_gate(awaited)
    kept = Protocol(tuple(programs), (tuple(awaits),), ("run",), outliving=True, keeps_tokens=True)
    result = explore(kept)
    assert (result.stuck, result.hopeless) == ((), ())


def test_a_gate_that_kept_one_token_would_get_stuck_with_a_function_that_outlives_its_task() -> None:
    awaits, programs = one_gate(1)
    check_lost_wake_up(explore(Protocol(tuple(programs), (tuple(awaits),), ("run",), outliving=True)))


def test_success_without_reading_what_is_awaited_comes_early() -> None:
    awaits, (waits, *openers) = one_gate(2)
    careless = (*openers[0][:2], *openers[0][-2:])
    with pytest.raises(EarlySuccess):
        explored([waits, careless, openers[1]], awaits)


def _moved(step: Step, by: int) -> Step:
    return step._replace(otherwise=step.otherwise + by)
