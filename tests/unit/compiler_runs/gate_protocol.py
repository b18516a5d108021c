"""A model of exit gates that explores every interleaving, with a crash possible between any two steps.

A function is a program of atomic steps on shared records. Records are read one by one, as a BatchGet is no
snapshot. A crash begins the program anew, as a Task's Retry does; of a Task that waits for a token, the
retry brings a new token and the one before is dead. Tokens are alive or dead and nothing more, so that the
states are finite although crashes are not limited.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

Operation = Literal["settle", "read_gate", "read_node", "send", "write_token", "write_token_once", "return"]
Token = Literal["none", "live", "dead"]


class Step(NamedTuple):
    """One atomic step.

    Attributes:
        subject: The node or gate that it is about.
        node: Of `read_node`, the awaited node; `subject` is the gate.
        otherwise: Where the program goes on when the read shows that the gate cannot open.
    """

    operation: Operation
    subject: int = 0
    node: int = 0
    otherwise: int = 0


_T = TypeVar("_T")

Program = tuple[Step, ...]


class Function(NamedTuple):
    """A function as far as it came: its next step, and the token that it holds."""

    position: int = 0
    token: Token = "none"


class State(NamedTuple):
    """Everything shared, and every function.

    Attributes:
        nodes: Per node, how it was settled; empty if it is not.
        tokens: Per gate, the token in its record.
        ended: Per gate, whether the Task that waits there has ended.
        functions: One per program, and at most one more, which outlives its Task's retry.
        outlived: The program of that one.
    """

    nodes: tuple[str, ...]
    tokens: tuple[Token, ...]
    ended: tuple[bool, ...]
    functions: tuple[Function, ...]
    outlived: int = -1


class EarlySuccess(AssertionError):
    """A gate was opened before all that it awaits was settled."""


@dataclass(frozen=True)
class Protocol:
    """Functions that settle nodes and open gates.

    Attributes:
        programs: Of each function.
        awaits: Per gate, the nodes that it awaits.
        outcomes: How a guard may settle a node.
        outliving: Whether a Task may be retried while its function still works, as after
            Lambda.SdkClientException.
        keeps_tokens: Whether a gate's record holds all tokens, each of which is sent success, not the last.
    """

    programs: tuple[Program, ...]
    awaits: tuple[tuple[int, ...], ...]
    outcomes: tuple[str, ...] = ("run", "skipped")
    outliving: bool = False
    keeps_tokens: bool = False

    def start(self) -> State:
        nodes = 1 + max(node for awaited in self.awaits for node in awaited)
        gates = len(self.awaits)
        none: Token = "none"
        return State(("",) * nodes, (none,) * gates, (False,) * gates, (Function(),) * len(self.programs))

    def moves(self, state: State) -> Iterator[State]:
        """Yields what may come next when nothing crashes."""
        for i, function in enumerate(state.functions):
            if function.position < len(self._program(state, i)):
                yield from self._step(state, i, function)

    def crashes(self, state: State) -> Iterator[State]:
        """Yields what may come next when a function is killed, or given up by its Task."""
        for i, function in enumerate(state.functions):
            over = Function(len(self._program(state, i)))
            if function.position == over.position:
                continue
            gate = self._gate_of(state, i)
            if i == len(self.programs) or (gate is not None and state.ended[gate]):
                # No Task has use for it any more: no retry.
                yield _with(state, i, over)
                continue
            retried = _with(state if gate is None else self._kill_token(state, gate), i, Function())
            yield retried
            if self.outliving and len(state.functions) == len(self.programs):
                dead: Token = "none" if function.token == "none" else "dead"
                left = function if gate is None else function._replace(token=dead)
                yield retried._replace(functions=(*retried.functions, left), outlived=i)

    def _program(self, state: State, i: int) -> Program:
        return self.programs[i if i < len(self.programs) else state.outlived]

    def _gate_of(self, state: State, i: int) -> int | None:
        """Returns the gate at which the Task of a function waits."""
        steps = self._program(state, i)
        return next((step.subject for step in steps if step.operation.startswith("write_token")), None)

    def _step(self, state: State, i: int, function: Function) -> Iterator[State]:
        step = self._program(state, i)[function.position]
        onward = function._replace(position=function.position + 1)
        aside = Function(step.otherwise)
        match step.operation:
            case "settle":
                # Its guard runs it or skips it once, and goes on when it finds it settled.
                settled = state.nodes[step.subject]
                for outcome in (settled,) if settled else self.outcomes:
                    nodes = _replaced(state.nodes, step.subject, outcome)
                    yield _with(state._replace(nodes=nodes), i, onward)
            case "write_token" | "write_token_once":
                own: Token = "dead" if i == len(self.programs) else "live"
                kept = state.tokens[step.subject]
                once = step.operation == "write_token_once" and kept != "none"
                stays = once or (self.keeps_tokens and kept == "live")
                tokens = _replaced(state.tokens, step.subject, kept if stays else own)
                yield _with(state._replace(tokens=tokens), i, onward._replace(token=own))
            case "read_gate":
                token = state.tokens[step.subject]
                yield _with(state, i, aside if token == "none" else onward._replace(token=token))
            case "read_node":
                yield _with(state, i, onward if state.nodes[step.node] else aside)
            case "send":
                yield _with(self._send(state, step.subject, function.token), i, onward._replace(token="none"))
            case "return":
                yield _with(state, i, Function(len(self._program(state, i))))

    def _send(self, state: State, gate: int, token: Token) -> State:
        if not all(state.nodes[node] for node in self.awaits[gate]):
            raise EarlySuccess(f"gate {gate} in {state}")
        if token == "dead":
            return state
        ended = state._replace(ended=_replaced(state.ended, gate, True))
        return self._kill_token(ended, gate)

    def _kill_token(self, state: State, gate: int) -> State:
        """Returns the state in which no token of the gate's Task, wherever it is held, has an effect."""
        functions = tuple(
            function._replace(token="dead")
            if function.token == "live" and _gate_in_hand(self._program(state, i), function) == gate
            else function
            for i, function in enumerate(state.functions)
        )
        written: Token = "none" if state.tokens[gate] == "none" else "dead"
        tokens = _replaced(state.tokens, gate, written)
        return state._replace(tokens=tokens, functions=functions)


@dataclass(frozen=True)
class Exploration:
    """All reachable states.

    Attributes:
        stuck: States where nothing is left to happen and a gate's Task has not ended.
        hopeless: States from which no crash-free path ends all Tasks.
    """

    states: int
    stuck: tuple[State, ...]
    hopeless: tuple[State, ...]


def explore(protocol: Protocol) -> Exploration:
    """Visits every state that moves and crashes lead to.

    Raises:
        EarlySuccess: A gate can be opened too early.
    """
    start = protocol.start()
    before: dict[State, list[State]] = {start: []}
    stuck = []
    pending = deque([start])
    while pending:
        state = pending.popleft()
        moves = list(protocol.moves(state))
        if not moves and not all(state.ended):
            stuck.append(state)
        for following in (*moves, *protocol.crashes(state)):
            if following not in before:
                before[following] = []
                pending.append(following)
        for following in moves:
            before[following].append(state)
    return Exploration(len(before), tuple(stuck), _cannot_reach_the_end(before))


def _cannot_reach_the_end(before: Mapping[State, list[State]]) -> tuple[State, ...]:
    hopeful = {state for state in before if all(state.ended)}
    pending = list(hopeful)
    while pending:
        fresh = [state for state in before[pending.pop()] if state not in hopeful]
        hopeful.update(fresh)
        pending += fresh
    return tuple(state for state in before if state not in hopeful)


def _gate_in_hand(program: Program, function: Function) -> int | None:
    """Returns the gate whose token a function holds: that of its next success."""
    return next((s.subject for s in program[function.position :] if s.operation == "send"), None)


def _with(state: State, i: int, function: Function) -> State:
    return state._replace(functions=_replaced(state.functions, i, function))


def _replaced(items: tuple[_T, ...], i: int, item: _T) -> tuple[_T, ...]:
    return (*items[:i], item, *items[i + 1 :])
