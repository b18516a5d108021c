"""The part of the Amazon States Language that the compiler emits (https://states-language.net, JSONPath)."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Payload = TypedDict(
    "Payload",
    {
        "run.$": Literal["$"],
        "nodes": NotRequired[list[str]],
        "settles": NotRequired[list[str]],
        "opens": NotRequired[dict[str, list[str]]],
        "chooses": NotRequired[bool],
        "iterates": NotRequired[str],
        "turns": NotRequired[str],
        "final": NotRequired[bool],
        "gate": NotRequired[str],
        "awaits": NotRequired[list[str]],
        "token.$": NotRequired[Literal["$$.Task.Token"]],
    },
)
"""What a function gets from its Task.

Keys:
    run.$: The execution's ids, which the state holds.
    nodes: The nodes to settle, in order, if any.
    settles: Loops that are over, and delays whose Wait is, to be settled first.
    opens: Per node of `nodes` or `settles`, the gates to try as soon as it is settled.
    chooses: Whether a Choice follows, which goes by the branch of the last node.
    iterates: The loop of whose items `nodes` are to be run, for the batch in the state.
    turns: The loop of which an iteration is over: whether another follows is the Task's output.
    final: Whether the execution is completed after that.
    gate: Where to wait after that for the nodes of `awaits`.
    token.$: By which the Task ends: at a gate, or once the last node has its answer.
"""


class Invocation(TypedDict):
    """The Parameters of `lambda:invoke.waitForTaskToken`."""

    FunctionName: str
    Payload: Payload


class Retrier(TypedDict):
    """Without its optional fields: a wait of 1 second, doubled each time, and no jitter."""

    ErrorEquals: list[str]
    MaxAttempts: int
    IntervalSeconds: NotRequired[int]
    BackoffRate: NotRequired[float]
    MaxDelaySeconds: NotRequired[int]
    JitterStrategy: NotRequired[Literal["FULL"]]


class Transition(TypedDict):
    """Where a state leads, of every type but Choice.

    What ends a branch must not hand the state on, as a Parallel gathers the output of all its branches and
    256 KiB is the most: a Task's output is its small result, any other's is emptied by an OutputPath of null.
    """

    Next: NotRequired[str]
    End: NotRequired[Literal[True]]
    OutputPath: NotRequired[None]


class TaskState(Transition):
    Type: Literal["Task"]
    Resource: str
    Parameters: Payload | Invocation
    ResultPath: NotRequired[str | None]
    Retry: NotRequired[list[Retrier]]
    TimeoutSeconds: NotRequired[int]


class WaitState(Transition):
    Type: Literal["Wait"]
    TimestampPath: str


class PassState(Transition):
    Type: Literal["Pass"]


class ItemProcessor(TypedDict):
    ProcessorConfig: dict[str, str]
    StartAt: str
    States: dict[str, State]


class MapState(Transition):
    """It ends without its items' outputs: what came of them is in records."""

    Type: Literal["Map"]
    ItemsPath: str
    MaxConcurrency: int
    ItemSelector: dict[str, str]
    ItemProcessor: ItemProcessor
    ResultSelector: dict[str, bool]
    ResultPath: str


class ParallelState(Transition):
    Type: Literal["Parallel"]
    Branches: list[Branch]
    ResultPath: None


class ChoiceRule(TypedDict):
    Variable: str
    StringEquals: NotRequired[str]
    BooleanEquals: NotRequired[bool]
    Next: str


class ChoiceState(TypedDict):
    Type: Literal["Choice"]
    Choices: list[ChoiceRule]
    Default: str


State = TaskState | WaitState | PassState | ParallelState | MapState | ChoiceState


class Branch(TypedDict):
    StartAt: str
    States: dict[str, State]


class StateMachine(Branch):
    TimeoutSeconds: NotRequired[int]
