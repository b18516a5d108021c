"""A workflow: a directed acyclic graph of nodes, as the compiler and the runtime see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from workflows.domain.loop import ItemErrors, LoopBody

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
    """One step of a workflow, as normalised: `type` is canonical and `config` complete.

    Attributes:
        body: What a loop repeats.
    """

    id: str
    type: str
    config: dict[str, JsonValue] = field(default_factory=dict)
    name: str | None = None
    join: Join = "any"
    retry: Retry = Retry()
    timeout_seconds: int | None = None
    on_error: OnError = "fail"
    body: Graph | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and the edges between them, without a cycle."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def all_nodes(self) -> Iterator[Node]:
        """Its nodes and those of all bodies in it, each loop before its body."""
        for node in self.nodes:
            yield node
            if node.body is not None:
                yield from node.body.all_nodes()


@dataclass(frozen=True, slots=True)
class OnCancel:
    """What is to be cleaned up after a cancel.

    Attributes:
        timeout_seconds: How long that may take.
    """

    graph: Graph
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Workflow(Graph):
    """A valid definition. Only `compiler.normalise` makes one from a document."""

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
        graph = self.on_cancel.graph
        return Workflow(graph.nodes, graph.edges, timeout_seconds=self.on_cancel.timeout_seconds)


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """What the runtime must know of one node: an immutable item per workflow version.

    Attributes:
        node: The normalised node.
        incoming: All declared edges into it; liveness, joins and `input` use these.
        handles: The `when` values of its outgoing edges.
        reads: Ids of the nodes whose outputs its expressions name, beside `input`.
        secrets: The secrets that its expressions name.
        bound_seconds: How long one try takes at most.
        loops: The loops around it, the outermost first.
        outer_reads: Of what it reads outside its innermost loop, by how many loops each node is surrounded.
        item_errors: In a loop, what fails with it.
        body: Of a loop, what it repeats.
    """

    node: Node
    bound_seconds: float
    incoming: tuple[Edge, ...] = ()
    handles: frozenset[str] = frozenset()
    reads: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()
    outer_reads: Mapping[str, int] = field(default_factory=dict)
    item_errors: ItemErrors = "execution"
    body: LoopBody | None = None
