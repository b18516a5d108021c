"""Loops whose functions are cut off, or are called twice, on moto's records."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.functions import LambdaContext, invoke
from tests.integration.conftest import World
from tests.integration.test_loops import around, loop, value
from workflows.runtime.errors import Interrupted
from workflows.runtime.handler import node_handler
from workflows.runtime.node import NodeContext, Outcome

ITEMS = [10, 20, 30, 40]


class Clock:
    """Tells a batch that its function's life is over once it has done so many items."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        clock = SimpleNamespace(time=self.time, monotonic=time.monotonic)
        monkeypatch.setattr("workflows.runtime.batches.time", clock)

    def time(self) -> float:
        if self.left is None:
            return time.time()
        self.left -= 1
        return time.time() if self.left >= 0 else float("inf")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def execution_id(world: World) -> str:
    """Of a loop that has begun, over one batch of items."""
    each = loop([value("each", "{{item}}")], items=ITEMS, max_concurrency=1)
    return world.accept(world.save(around(each)))


def begin(world: World, execution_id: str) -> dict[str, Any]:
    """Let the loop begin; the event of its batch."""
    _, run = world.machine(execution_id)
    started = invoke("nodes/inline", {"run": run, "nodes": ["start", "loop"]})
    assert started == {"items": [[0, 4]]}
    return {"run": {**run, "items": [0, 4]}, "nodes": ["each"], "iterates": "loop"}


@pytest.mark.parametrize("done", [0, 1, 3])
def test_batch_that_runs_out_of_time_goes_on_where_it_left_off(
    world: World, execution_id: str, clock: Clock, done: int
) -> None:
    batch = begin(world, execution_id)
    clock.left = done
    with pytest.raises(Interrupted):
        invoke("nodes/inline", batch)
    clock.left = None
    seen: list[Any] = []

    def each(context: NodeContext) -> Outcome:
        seen.append(context.field("value"))
        return Outcome(output=seen[-1])

    node_handler({"transform": each})(batch, LambdaContext())
    assert seen == ITEMS[done:]

    world.finish(execution_id)
    assert world.payload(execution_id, "result") == {"items": ITEMS, "count": 4, "failed": 0}


def test_batch_that_another_invocation_has_stored_a_part_of_is_stored_to_its_end(
    world: World, execution_id: str, clock: Clock
) -> None:
    """Two invocations begin the same batch, as after a pause; the older one runs out of time."""
    batch = begin(world, execution_id)
    called: list[int] = []

    def each(context: NodeContext) -> Outcome:
        called.append(1)
        if len(called) == 1:
            clock.left = 1
            with pytest.raises(Interrupted):
                invoke("nodes/inline", batch)
            clock.left = None
        return Outcome(output=context.field("value"))

    node_handler({"transform": each})(batch, LambdaContext())
    assert len(called) == 4

    # Its Task has succeeded: nobody goes through the batch once more.
    _, run = world.machine(execution_id)
    invoke("nodes/inline", {"run": run, "nodes": ["end"], "settles": ["loop"], "final": True})
    assert world.payload(execution_id, "result") == {"items": ITEMS, "count": 4, "failed": 0}
