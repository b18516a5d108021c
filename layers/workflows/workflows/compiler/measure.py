"""What a state machine costs, and whether Step Functions takes it.

Limits: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from workflows.compiler.asl import Branch, Payload, State, StateMachine, TaskState
from workflows.domain.errors import Problem

MAX_DEFINITION_BYTES = 1_048_576
MAX_HISTORY_EVENTS = 25_000

_EVENTS = {
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html: Entered and
    # Exited of every state; Scheduled, Started and Succeeded of a function; Started and Succeeded of a
    # Parallel.
    "Task": 5,
    "Parallel": 4,
    # As of a Parallel.
    "Map": 4,
    "Choice": 2,
    "Wait": 2,
    "Pass": 2,
}
_TOKEN_TASK_EVENTS = 6
"""One waiting for its token is Submitted as well."""

ITERATION_EVENTS = 2
"""Of an iteration of a Map itself: it starts and it succeeds."""

_EXECUTION_EVENTS = 2
"""Of the execution itself: it starts and it ends."""

NO_MAPS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Measure:
    """Figures of a state machine.

    Attributes:
        states: How many there are of each type.
        nodes: How many nodes its Tasks run.
        segments: How many Tasks run nodes.
        gates: How many Tasks wait at a gate.
        gate_tasks: How many of these run no node, and are there for the gate alone.
        transitions: States entered on the longest path, on which every node is live, no Task is retried, each
            `for_each` has as many items as it may, and other loops go round once.
        history_events: Events of that path, at most, but for those of Distributed Maps, whose iterations have
            histories of their own; each retry adds to it.
        depth: How deep Parallels nest.
        definition_bytes: Length of the definition.
    """

    states: Counter[str]
    nodes: int
    segments: int
    gates: int
    gate_tasks: int
    transitions: int
    history_events: int
    depth: int
    definition_bytes: int

    @property
    def transitions_per_node(self) -> float:
        """Tasks and Parallels per node."""
        return (self.states["Task"] + self.states["Parallel"]) / max(self.nodes, 1)

    def problems(self) -> list[Problem]:
        """Returns the limits that the machine is beyond, and by how much."""
        compared = (
            (self.definition_bytes, MAX_DEFINITION_BYTES, "bytes", "in a definition"),
            (self.history_events, MAX_HISTORY_EVENTS, "history events", "in an execution"),
        )
        return [
            Problem(
                "/nodes",
                f"the compiled state machine has {size} {what},"
                f" {size - limit} more than the {limit} that Step Functions allows {where}",
            )
            for size, limit, what, where in compared
            if size > limit
        ]


def measure(machine: StateMachine, definition: str, iterations: Mapping[str, int] = NO_MAPS) -> Measure:
    """Measures a state machine and the definition it is written as.

    Args:
        iterations: How many each Map has at most, by its name.
    """
    states = list(_all_states(machine))
    tasks = [state for state in states if state["Type"] == "Task"]
    runs = [len(_nodes_of(task)) for task in tasks]
    waiting = [task for task in tasks if _waits(task)]
    transitions, events = longest_path(machine, iterations)
    return Measure(
        states=Counter(state["Type"] for state in states),
        nodes=sum(runs),
        segments=sum(count > 0 for count in runs),
        gates=len(waiting),
        gate_tasks=sum(not _nodes_of(task) for task in waiting),
        transitions=transitions,
        history_events=events + _EXECUTION_EVENTS,
        depth=_depth(machine),
        definition_bytes=len(definition),
    )


def _all_states(scope: Branch) -> Iterator[State]:
    for state in scope["States"].values():
        yield state
        for branch in _branches(state):
            yield from _all_states(branch)


def _branches(state: State) -> list[Branch]:
    if state["Type"] == "Parallel":
        return state["Branches"]
    if state["Type"] == "Map":
        processor = state["ItemProcessor"]
        return [{"StartAt": processor["StartAt"], "States": processor["States"]}]
    return []


def _depth(scope: Branch) -> int:
    return max(
        (1 + max(map(_depth, inner)) for state in scope["States"].values() if (inner := _branches(state))),
        default=0,
    )


def iteration_problems(machine: Branch, iterations: Mapping[str, int]) -> list[Problem]:
    """Returns which iterations of Distributed Maps are larger than Step Functions allows.

    Each has a history of its own, which no further attempt carries on: loops go round as often as they may.
    """
    problems = []
    for name, state in machine["States"].items():
        for branch in _branches(state):
            problems += iteration_problems(branch, iterations)
            if state["Type"] != "Map" or state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE":
                continue
            _, events = longest_path(branch, iterations, goes_round=True)
            if events + _EXECUTION_EVENTS > MAX_HISTORY_EVENTS:
                detail = (
                    f"an iteration of {name.removeprefix('Map ')!r} may have {events} history events, more"
                    f" than the {MAX_HISTORY_EVENTS} that Step Functions allows: let its loops go round less"
                )
                problems.append(Problem("/nodes", detail))
    return problems


def longest_path(
    scope: Branch, iterations: Mapping[str, int], *, goes_round: bool = False
) -> tuple[int, int]:
    """Returns the most transitions and events from a scope's start to an end.

    Args:
        iterations: How many iterations each Map has at most, and how many turns each other loop takes, by the
            names of their states.
        goes_round: Whether loops take all their turns, rather than one.
    """
    longest: dict[str, tuple[int, int]] = {}
    pending = [scope["StartAt"]]
    while pending:
        name = pending[-1]
        state = scope["States"][name]
        following = _following(state)
        if missing := [after for after in following if after not in longest]:
            pending += missing
            continue
        own = _of_itself(name, state, iterations, goes_round)
        ahead = [longest[after] for after in following]
        if _is_of_loop(state):
            # It goes round and then on: its Choice comes once more than its body.
            (turn, on), turns = ahead, iterations.get(name, 1) if goes_round else 1
            longest[name] = _sum(_times(turns, _sum(own, turn)), own, on)
        else:
            longest[name] = _sum(
                own, (max((n for n, _ in ahead), default=0), max((n for _, n in ahead), default=0))
            )
        pending.pop()
    return longest[scope["StartAt"]]


def _sum(*figures: tuple[int, int]) -> tuple[int, int]:
    return sum(transitions for transitions, _ in figures), sum(events for _, events in figures)


def _times(count: int, figures: tuple[int, int]) -> tuple[int, int]:
    return count * figures[0], count * figures[1]


def _of_itself(name: str, state: State, iterations: Mapping[str, int], goes_round: bool) -> tuple[int, int]:
    """Returns the transitions and events of a state with all its branches or iterations."""
    events = _TOKEN_TASK_EVENTS if state["Type"] == "Task" and _waits(state) else _EVENTS[state["Type"]]
    inside = [longest_path(branch, iterations, goes_round=goes_round) for branch in _branches(state)]
    if state["Type"] == "Map":
        ((once, once_events),) = inside
        count = iterations.get(name, 1)
        is_inline = state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE"
        return 1 + count * once, events + (count * (once_events + ITERATION_EVENTS) if is_inline else 0)
    return 1 + sum(transitions for transitions, _ in inside), events + sum(events for _, events in inside)


def _is_of_loop(state: State) -> bool:
    return state["Type"] == "Choice" and any("BooleanEquals" in rule for rule in state["Choices"])


def _following(state: State) -> list[str]:
    if state["Type"] == "Task" and "turns" in state["Parameters"]:
        return []  # It leads back, to the Choice that the way out of the loop begins at.
    if state["Type"] == "Choice":
        return [*(rule["Next"] for rule in state["Choices"]), state["Default"]]
    return [state["Next"]] if "Next" in state else []


def _waits(task: TaskState) -> bool:
    return "Payload" in task["Parameters"]


def _nodes_of(task: TaskState) -> list[str]:
    payload = cast("Payload", task["Parameters"].get("Payload", task["Parameters"]))
    return payload.get("nodes", [])
