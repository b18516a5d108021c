"""The part of the Amazon States Language that the compiler emits (https://states-language.net, JSONPath)."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Parameters = TypedDict("Parameters", {"run.$": Literal["$"], "nodes": list[str], "final": NotRequired[bool]})
"""A Task's payload: the execution's ids from the state, and which nodes to run."""


class Retrier(TypedDict):
    ErrorEquals: list[str]
    IntervalSeconds: int
    MaxAttempts: int
    BackoffRate: float
    MaxDelaySeconds: NotRequired[int]
    JitterStrategy: NotRequired[Literal["FULL"]]


class Transition(TypedDict):
    """Where a state leads, of every type but Choice.

    A state with `End` inside a Parallel has an OutputPath of null: "the output is an empty object".
    """

    Next: NotRequired[str]
    End: NotRequired[Literal[True]]
    OutputPath: NotRequired[None]


class TaskState(Transition):
    Type: Literal["Task"]
    Resource: str
    Parameters: Parameters
    ResultPath: str | None
    Retry: list[Retrier]
    TimeoutSeconds: NotRequired[int]


class WaitState(Transition):
    Type: Literal["Wait"]
    TimestampPath: str


class PassState(Transition):
    Type: Literal["Pass"]


class ParallelState(Transition):
    Type: Literal["Parallel"]
    Branches: list[Branch]
    ResultPath: None


class ChoiceRule(TypedDict):
    Variable: str
    StringEquals: str
    Next: str


class ChoiceState(TypedDict):
    Type: Literal["Choice"]
    Choices: list[ChoiceRule]
    Default: str


State = TaskState | WaitState | PassState | ParallelState | ChoiceState


class Branch(TypedDict):
    StartAt: str
    States: dict[str, State]


class StateMachine(Branch):
    TimeoutSeconds: NotRequired[int]
