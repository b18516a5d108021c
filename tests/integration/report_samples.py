"""Executions that show all that a report has: a failure, a branch not taken, a loop, further tries."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tests.integration.conftest import World, flow
from tests.integration.flows import condition, fetch, start, transform
from tests.integration.reports import Stage, stage

_LOOP: dict[str, Any] = {
    "id": "each-item",
    "type": "loop",
    "name": "Reserve each item",
    "config": {
        "items": "{{inputs.items}}",
        "on_item_error": "continue",
        "body": {
            "nodes": [transform("look-up", name="Look it up"), transform("reserve")],
            "edges": [{"source": "look-up", "target": "reserve"}],
        },
    },
}
FIVE = flow(
    start(),
    condition("in-stock", "inputs.available"),
    _LOOP,
    transform("back-order", name="Order from the supplier"),
    fetch("ship", name="Ship the order", retry={"max_attempts": 3}),
    edges=[
        ("start", "in-stock"),
        ("in-stock", "each-item", "true"),
        ("in-stock", "back-order", "false"),
        ("each-item", "ship"),
        ("back-order", "ship"),
    ],
) | {"name": "Order fulfilment"}


def five_nodes(world: World) -> str:
    """One of five nodes, and two in a loop, that failed."""
    how = Stage(
        seconds={"start": 0.02, "in-stock": 0.05, "each-item": 8.2, "ship": 5.4},
        tries={"ship": 3},
        branches={"in-stock": "true"},
        iterations={"each-item": (12, 2)},
        outputs={"each-item": {"items": ["reserved"] * 10, "count": 12, "failed": 2}},
        failed="ship",
        error="http status 503: the carrier is not available, and has not been for the last three tries",
    )
    return stage(world, FIVE, how, {"available": True, "items": list(range(12)), "customer": "Ada"})


def two_hundred_nodes(world: World) -> str:
    """One of 200 nodes: pipelines side by side, each with a condition, joined now and then."""
    nodes: list[dict[str, Any]] = [start()]
    edges: list[tuple[str, ...]] = []
    seconds: dict[str, float] = {"start": 0.02}
    branches: dict[str, str] = {}
    before = "start"
    for stage_number in range(1, 10):
        join = f"join-{stage_number}"
        for lane in "abcd":
            name = f"{lane}{stage_number}"
            chain = [f"read-{name}", f"check-{name}"]
            nodes += [fetch(chain[0], name=f"Read partition {name}"), condition(chain[1], "inputs.n > 1")]
            nodes += [transform(f"clean-{name}"), transform(f"drop-{name}"), fetch(f"write-{name}")]
            edges += [(before, chain[0]), *pairwise(chain)]
            edges += [(chain[1], f"clean-{name}", "true"), (chain[1], f"drop-{name}", "false")]
            edges += [
                (f"clean-{name}", f"write-{name}"),
                (f"drop-{name}", f"write-{name}"),
                (f"write-{name}", join),
            ]
            branches[chain[1]] = "true" if (ord(lane) + stage_number) % 3 else "false"
            seconds[chain[0]] = 0.5 + (ord(lane) * 7 + stage_number * 13) % 10 / 4
            seconds[f"write-{name}"] = 0.3 + (ord(lane) * 11 + stage_number * 3) % 8 / 5
        nodes.append(transform(join, name=f"Join stage {stage_number}"))
        before = join
    nodes += [{**_LOOP}, *(transform(f"tail-{number}") for number in range(1, 9))]
    edges += [(before, "each-item"), ("each-item", "tail-1")]
    edges += list(pairwise(f"tail-{number}" for number in range(1, 9)))
    assert len(nodes) == 199
    nodes.append({"id": "end", "type": "end"})
    edges.append(("tail-8", "end"))
    how = Stage(
        seconds=seconds | {"each-item": 6.0},
        tries={"read-b3": 2, "write-c5": 3},
        branches=branches,
        iterations={"each-item": (20, 1)},
        failed="tail-3",
    )
    return stage(world, flow(*nodes, edges=edges) | {"name": "Nightly load"}, how, {"n": 2})
