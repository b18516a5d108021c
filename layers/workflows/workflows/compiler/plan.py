"""What the state machine will do, before it is spelt in ASL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Runs one node.

    Attributes:
        chooses: Whether a `Choose` of this node follows and needs its branch.
    """

    node_id: str
    chooses: bool = False


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


Step = Run | Fork | Choose
Sequence = tuple[Step, ...]
