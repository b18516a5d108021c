"""A workflow: a directed acyclic graph of nodes, as the compiler and the runtime see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

JsonValue = Any
"""Anything JSON can say: None, bool, int, float, str, list or dict with str keys."""

Visibility = Literal["private", "public"]
Join = Literal["any", "all"]
OnError = Literal["fail", "continue"]

MAX_DELAY_SECONDS = 365 * 24 * 3600
"""A Standard execution of Step Functions lives for a year at most."""

ERROR_HANDLE = "error"
"""The `when` of edges that are live only if their source failed for good."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a failed node is tried again.

    Attributes:
        max_attempts: Tries in all, the first included; 1 means no retry.
        interval_seconds: Wait before the second try.
        backoff_rate: Factor by which each further wait grows.
    """

    max_attempts: int = 1
    interval_seconds: int = 1
    backoff_rate: float = 2.0


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` waits for `source`; with `when` it is live only if the source chose that handle."""

    source: str
    target: str
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a workflow, as normalised: `type` is canonical and `config` complete."""

    id: str
    type: str
    config: dict[str, JsonValue] = field(default_factory=dict)
    name: str | None = None
    join: Join = "any"
    retry: Retry = Retry()
    timeout_seconds: int | None = None
    on_error: OnError = "fail"


@dataclass(frozen=True, slots=True)
class OnCancel:
    """What is to be cleaned up after a cancel.

    Attributes:
        timeout_seconds: How long that may take.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Workflow:
    """A valid definition. Only `compiler.normalise` makes one from a document."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    name: str = "workflow"
    description: str | None = None
    visibility: Visibility = "private"
    variables: dict[str, JsonValue] = field(default_factory=dict)
    inputs_schema: dict[str, JsonValue] | None = None
    timeout_seconds: int | None = None
    max_concurrent_executions: int | None = None
    on_cancel: OnCancel | None = None

    def clean_up(self) -> Workflow | None:
        """What runs after a cancel, as a workflow of its own."""
        if self.on_cancel is None:
            return None
        return Workflow(
            self.on_cancel.nodes, self.on_cancel.edges, timeout_seconds=self.on_cancel.timeout_seconds
        )


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """What the runtime must know of one node: an immutable item per workflow version.

    Attributes:
        node: The normalised node.
        incoming: All declared edges into it; liveness, joins and `input` use these.
        handles: The `when` values of its outgoing edges.
        reads: Ids of the nodes whose outputs its expressions name, beside `input`.
        bound_seconds: How long one try takes at most.
    """

    node: Node
    bound_seconds: float
    incoming: tuple[Edge, ...] = ()
    handles: frozenset[str] = frozenset()
    reads: tuple[str, ...] = ()
