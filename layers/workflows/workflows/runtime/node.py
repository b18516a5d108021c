"""What a node type is made of: a function from a `NodeContext` to an `Outcome`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workflows.domain.node_file import NodeFile
from workflows.domain.node_record import NodeRecord
from workflows.domain.workflow import JsonValue, Node
from workflows.runtime.cancellation import Cancellation
from workflows.runtime.environment import Environment
from workflows.runtime.expressions import Budget, resolve
from workflows.runtime.node_log import NodeLog

_NOTHING: Mapping[str, JsonValue] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a node ended.

    Attributes:
        output: Its output; unused with `passes_input`.
        passes_input: Its output is its input, which is not stored a second time.
        branch: The handle it chose, of a condition or switch.
        wakes_at: When it is over, of a delay.
        waits: Whether it waits for an answer; its output is then what is asked.
        expires_at: Until when it can be answered.
        iterations: Of a loop that begins: how many items its output has, or how many turns are done.
        is_turning: Whether a `while` or `until` loop takes a turn.
        failed_iterations: Of a loop that is over.
        file: What it has fetched that is no part of its output.
        usage: What it took of a language model, by name.
    """

    output: JsonValue = None
    passes_input: bool = False
    branch: str | None = None
    wakes_at: str | None = None
    waits: bool = False
    expires_at: str | None = None
    iterations: int | None = None
    is_turning: bool = False
    failed_iterations: int | None = None
    file: NodeFile | None = None
    usage: Mapping[str, int] | None = None

    @property
    def iterates(self) -> bool:
        """Whether a loop begins or goes round with this."""
        return self.iterations is not None and self.failed_iterations is None


@dataclass(frozen=True)
class NodeContext:
    """What a node function works with.

    Attributes:
        deadline: Unix time by which it must have returned.
        bound_seconds: How long its own work may take, short of reading what it needs.
        idempotency_key: The same for every try of this node in this execution.
        cancellation: To be checked in what takes long.
        record: Of the node, as it was started.
    """

    node: Node
    environment: Environment
    log: NodeLog
    deadline: float
    bound_seconds: float
    idempotency_key: str
    cancellation: Cancellation
    record: NodeRecord

    @cached_property
    def budget(self) -> Budget:
        """What all its expressions may take together."""
        return Budget(self.bound_seconds)

    def field(self, name: str) -> Any:
        """A field of the config, its expressions evaluated; None where it is not set.

        Raises:
            NodeError: An expression failed.
        """
        return self.resolve(self.node.config.get(name), name)

    def resolve(self, value: JsonValue, name: str, known: Mapping[str, JsonValue] = _NOTHING) -> Any:
        """A part of the config, its expressions evaluated.

        Args:
            name: What messages call it.
            known: What its expressions may name besides.

        Raises:
            NodeError: An expression failed, or there is no time left for it.
        """
        return resolve(value, self.environment.lookup_with(known), name, self.budget)


NodeFunction = Callable[[NodeContext], Outcome]


@dataclass(frozen=True, slots=True)
class WaitingNode:
    """A node type that waits for an answer.

    Attributes:
        begin: Asks.
        look: What has become of it since, by its record; None: it waits on.
        has_child: Whether it waits for an execution that it starts, by the id in its record.
    """

    begin: NodeFunction
    look: Callable[[NodeContext, NodeRecord], Outcome | None]
    has_child: bool = False

    def __call__(self, context: NodeContext) -> Outcome:
        return self.begin(context)
