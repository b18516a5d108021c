"""What a report of an execution says, before it is a page. Times are ISO 8601 UTC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workflows.domain.execution import Execution
from workflows.domain.log_entry import Level, LogEntry
from workflows.domain.node_record import NodeRecord
from workflows.domain.workflow import Edge, Node, Workflow


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A value's JSON, or its beginning.

    Attributes:
        text: None: nothing of it is shown.
        size_bytes: Of the whole.
    """

    text: str | None
    size_bytes: int
    is_whole: bool


@dataclass(slots=True)
class Repeated:
    """What became of a node in a loop, over the iterations whose records were looked at.

    Attributes:
        counts: Iterations by what became of the node in them.
        ended_at: When the last of them was over; None: one has no end.
        taken: The edges from it that were live in one of them.
    """

    counts: Counter[str] = field(default_factory=Counter)
    started_at: str | None = None
    ended_at: str | None = None
    taken: set[Edge] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class NodeReport:
    """A node of the workflow.

    Attributes:
        status: As `NodeStatus`, or `tolerated`: failed, and the execution goes on. None: it is not known.
        record: Of one outside loops; None: it was not reached.
        repeated: Of one in a loop.
        parent: The loop that it is in.
        output: What it has made; None: nothing.
        tries: From when to when each of its tries was under way; empty where there was one, or the log does
            not tell of all.
    """

    node: Node
    status: str | None
    record: NodeRecord | None = None
    repeated: Repeated | None = None
    parent: str | None = None
    before: Sequence[Edge] = ()
    after: Sequence[Edge] = ()
    output: Excerpt | None = None
    tries: Sequence[tuple[str, str]] = ()

    @property
    def name(self) -> str:
        return self.node.name or self.node.id


@dataclass(frozen=True, slots=True)
class LogReport:
    """Lines of a log, in order.

    Attributes:
        total: How many there are of each level.
    """

    lines: Sequence[LogEntry]
    total: Mapping[Level, int]

    @property
    def left_out(self) -> int:
        return sum(self.total.values()) - len(self.lines)


@dataclass(frozen=True, slots=True)
class Report:
    """An execution of a workflow.

    Attributes:
        nodes: By id; each loop before what is in it.
        taken: The edges that are or were live; `untaken`, those that cannot be any more.
        critical: The chain of nodes that determined the end; empty where none did (yet).
        iterations_read: How many records of iterations were looked at; `are_more`: whether there are others.
        made_at: When all this was so.
    """

    workflow: Workflow
    execution: Execution
    nodes: Mapping[str, NodeReport]
    taken: frozenset[Edge]
    untaken: frozenset[Edge]
    critical: Sequence[str]
    inputs: Excerpt
    result: Excerpt | None
    log: LogReport
    iterations_read: int
    are_more_iterations: bool
    made_at: str
