"""What the state machine will do, before it is spelt in ASL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """Where a branch waits for nodes of other branches.

    Attributes:
        id: Unique in the whole machine.
        awaits: The nodes that must be settled.
    """

    id: str
    awaits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """What one Task does: settles delays, runs nodes one after another, then waits at a gate.

    Attributes:
        node_ids: In the order in which to run them; each comes after the one before it in the partial order.
        chooses: Whether a `Choose` of the last node follows and needs its branch.
        gate: An exit gate: what follows goes on only once this is open.
        settles: Loops just before this segment, whose results are to be gathered; and awaited delays, whose
            Wait comes just before.
        iterates: The loop of whose items this runs the nodes for a whole batch.
    """

    node_ids: tuple[str, ...]
    chooses: bool = False
    gate: Gate | None = None
    settles: tuple[str, ...] = ()
    iterates: str | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """Runs sequences side by side and waits for them all."""

    branches: tuple[Sequence, ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """Goes on with what the branch that `node_id` took leads to.

    Attributes:
        arms: Per handle what only it leads to. An arm without steps falls through to the next step.
        past: How many of the next steps belong to the arm that falls through: other arms at their end,
            and every branch without an arm, go on past them.
    """

    node_id: str
    arms: tuple[tuple[str, Sequence], ...]
    past: int = 0


Step = Segment | Fork | Choose
Sequence = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Plans:
    """What a machine does.

    Attributes:
        steps: Of the workflow itself.
        bodies: Of its loops at any depth, by id.
    """

    steps: Sequence
    bodies: Mapping[str, Sequence]

    def segments(self) -> Iterator[Segment]:
        """Yields all segments there are."""
        for plan in (self.steps, *self.bodies.values()):
            yield from segments(plan)


def is_batch(body: Sequence) -> bool:
    """Whether a loop's body is one Task, for many items at a time."""
    return len(body) == 1 and isinstance(body[0], Segment) and body[0].iterates is not None


def segments(plan: Sequence) -> Iterator[Segment]:
    """Yields all segments of a plan, in its order."""
    for step in plan:
        match step:
            case Segment():
                yield step
            case Fork(branches):
                for branch in branches:
                    yield from segments(branch)
            case Choose():
                for _, arm in step.arms:
                    yield from segments(arm)
