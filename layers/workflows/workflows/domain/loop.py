"""Loops: how their iterations are told apart, and what becomes of them.

An iteration has a path, which begins the keys of all its nodes' records: `loop[3]/`, and for a loop in its
body `loop[3]/inner[0]/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from workflows.domain.workflow import JsonValue

MAX_ITEMS = 10_000
"""Items or turns of one loop: Step Functions takes 256 KiB of them."""

MAX_LOOP_DEPTH = 5

MAX_PATH_CHARACTERS = 500

_STEP = re.compile(r"([^/\[]+)\[([0-9]+)\]/")
PATH_PATTERN = r"([^/\[]+\[[0-9]+\]/)*"
_PATH = re.compile(PATH_PATTERN)


def batch_size(items: int, concurrency: int, batch_items: int) -> int:
    """How many items one Task takes: as few as let all Tasks run at once, and at most `batch_items`."""
    return max(1, min(-(-items // concurrency), batch_items))


def iteration_path(path: str, loop_id: str, index: int) -> str:
    """The path of an iteration of a loop that itself stands at `path`."""
    return f"{path}{loop_id}[{index}]/"


@dataclass(frozen=True, slots=True)
class Place:
    """One step of a path.

    Attributes:
        outer: The path that the loop itself stands at.
    """

    outer: str
    loop_id: str
    index: int


def places(path: str) -> tuple[Place, ...]:
    """The loops that a path leads through, the outermost first."""
    return tuple(Place(path[: step.start()], step[1], int(step[2])) for step in _STEP.finditer(path))


def is_path(text: str) -> bool:
    """Whether `text` could be the path of an iteration, or is empty."""
    return len(text) <= MAX_PATH_CHARACTERS and _PATH.fullmatch(text) is not None


def outer_path(path: str, depth: int) -> str:
    """The part of a path that leads through the `depth` outermost loops."""
    steps = places(path)
    return path if depth >= len(steps) else steps[depth].outer


_FAILURE_PREFIX = "stopped#"
"""As of all that is in loops, such keys come after those of nodes, which are read without them."""


def is_failure_key(record: str) -> bool:
    return record.startswith(_FAILURE_PREFIX)


def doomed_key(path: str, loop_id: str) -> str:
    """Sort key of the record that says that a loop has failed: none of its iterations goes on."""
    return f"{_FAILURE_PREFIX}{path}{loop_id}"


def failed_key(iteration: str) -> str:
    """Sort key of the record that says that an iteration has failed: nothing of it goes on."""
    return f"{_FAILURE_PREFIX}{iteration}"


def failures_prefix(path: str, loop_id: str) -> str:
    """What the keys of all failed iterations of a loop begin with."""
    return f"{_FAILURE_PREFIX}{path}{loop_id}["


def failed_keys(path: str) -> list[str]:
    """The keys of all records by which what is at `path` is not to go on."""
    keys = []
    for place in places(path):
        keys.append(doomed_key(place.outer, place.loop_id))
        keys.append(failed_key(iteration_path(place.outer, place.loop_id, place.index)))
    return keys


def batch_key(path: str, loop_id: str, first: int) -> str:
    """Sort key of what came of a batch of iterations; they sort by their first index."""
    return f"batch#{path}{loop_id}#{first:06d}"


def first_of_batch(record: str) -> int:
    """The index that a batch begins at, by its key."""
    return int(record.rpartition("#")[2])


ItemErrors = Literal["execution", "loop", "item"]
"""What fails with a node in a loop: the execution; the loop, which something tolerates; or the item alone."""


@dataclass(frozen=True, slots=True)
class LoopBody:
    """What the runtime must know of a loop's body.

    Attributes:
        node_ids: Its nodes, each after those before it.
        result_nodes: Those whose outputs make up an iteration's result.
        is_pure: Whether all of them are inline, so that iterations are worked out in memory.
        batch_items: Of how many items one Task goes through the body, at most; 0: a Task has a node of one
            item alone.
    """

    node_ids: tuple[str, ...]
    result_nodes: tuple[str, ...]
    is_pure: bool
    batch_items: int

    def to_json(self) -> JsonValue:
        return [list(self.node_ids), list(self.result_nodes), self.is_pure, self.batch_items]

    @classmethod
    def from_json(cls, value: JsonValue) -> LoopBody:
        node_ids, result_nodes, is_pure, batch_items = value
        return cls(tuple(node_ids), tuple(result_nodes), is_pure, batch_items)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What came of an iteration: its result, or the error that it failed with."""

    value: JsonValue = None
    error: dict[str, Any] | None = None

    def to_json(self) -> JsonValue:
        """As in the loop's output."""
        return self.value if self.error is None else {"error": self.error}
