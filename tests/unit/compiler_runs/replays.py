"""Every interleaving of the calls of any functions that settle nodes, wait at a gate and open it.

A function is replayed: each call that was answered gets the same answer again, and the first that was not is
where it stands. So a state is what is shared and each function's answers, and all states are visited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

AWAITS = ("a", "b", "c")
TASKS: tuple[tuple[str, ...], ...] = ((), ("a",), ("b", "c"))
"""The nodes of each Task; the first is the one that waits."""

Call = tuple[str, str]


class Function(NamedTuple):
    """A function of a Task as far as it came.

    Attributes:
        number: Which try of the Task it is; of the one that waits also its token.
        answers: To its calls.
    """

    task: int
    number: int = 1
    answers: tuple[Any, ...] = ()


NextCall = Callable[[Function], Call | None]


class State(NamedTuple):
    """What is shared, and every function that has not ended.

    Attributes:
        tries: Per Task, how many there were.
        tokens: Those of the gate's record.
        has_gone_on: Whether the Task that waits was sent success, by the token of its last try.
        interruptions: How many functions may yet be killed, or outlive their try.
    """

    functions: tuple[Function, ...]
    tries: tuple[int, ...]
    interruptions: int
    settled: frozenset[str] = frozenset()
    tokens: tuple[str, ...] = ()
    has_gone_on: bool = False


class Pause(BaseException):
    """A call that has no answer yet."""


def answered(state: State, call: Call) -> tuple[State, Any]:
    """Returns what a call makes of the state, and its answer."""
    match call:
        case ("settle", node_id):
            return state._replace(settled=state.settled | {node_id}), None
        case ("add_token", token):
            after = state._replace(tokens=(*state.tokens, token))
            return after, after.tokens
        case ("read_gate", _):
            return state, state.tokens
        case ("read_node", node_id):
            return state, node_id in state.settled
        case ("send", token):
            assert state.settled.issuperset(AWAITS), "the gate opens early"
            is_alive = token == str(state.tries[0])
            return state._replace(has_gone_on=state.has_gone_on or is_alive), None
    raise AssertionError(f"nothing answers {call}")


def moves(state: State, next_call: NextCall) -> Iterator[State]:
    """Yields what may come next."""
    calls = [next_call(function) for function in state.functions]
    # What changes nothing, and has the same answer whatever comes before it, need not come at any other time.
    settled_before = (i for i, call in enumerate(calls) if is_stable(state, call))
    for i in [*settled_before][:1] or range(len(calls)):
        function, call = state.functions[i], calls[i]
        others = state.functions[:i] + state.functions[i + 1 :]
        if call is None:
            yield state._replace(functions=others)
            continue
        after, answer = answered(state, call)
        yield with_function(after, others, function._replace(answers=(*function.answers, answer)))
        if state.interruptions and not is_stable(state, call):
            left = state._replace(interruptions=state.interruptions - 1)
            yield retried(left, function, others)
            yield retried(left, function, (*others, function))


def is_stable(state: State, call: Call | None) -> bool:
    match call:
        case None:
            return True
        case ("settle" | "read_node", node_id):
            return node_id in state.settled
        case ("send", token):
            return state.has_gone_on or token != str(state.tries[0])
    return False


def retried(state: State, function: Function, others: tuple[Function, ...]) -> State:
    """Returns the state in which a function's Task, if it still waits for that one, calls another."""
    task = function.task
    is_over = function.number < state.tries[task] or (task == 0 and state.has_gone_on)
    if is_over:
        return state._replace(functions=others)
    tries = tuple(count + (i == task) for i, count in enumerate(state.tries))
    return with_function(state._replace(tries=tries), others, Function(task, tries[task]))


def with_function(state: State, others: tuple[Function, ...], function: Function) -> State:
    return state._replace(functions=tuple(sorted((*others, function), key=repr)))


def explore(next_call: NextCall, interruptions: int) -> tuple[int, int]:
    """Returns how many states can be reached, and in how many nothing is left to happen but to wait."""
    start = State(tuple(Function(task) for task in range(len(TASKS))), (1,) * len(TASKS), interruptions)
    seen = {start}
    pending = [start]
    stuck = 0
    while pending:
        state = pending.pop()
        stuck += not state.functions and not state.has_gone_on
        fresh = set(moves(state, next_call)) - seen
        seen |= fresh
        pending += fresh
    return len(seen), stuck
