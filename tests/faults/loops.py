"""Workflows with loops, and people who pause, resume and retry them while they go round."""

from __future__ import annotations

from typing import Any

from tests.faults.documents import Document
from tests.faults.scenario import Scenario
from tests.faults.users import Action, Visit

OPEN = {"visibility": "public"}


def graph(nodes: list[dict[str, Any]], *edges: str) -> Document:
    keys = ("source", "target", "when")
    return {"nodes": nodes, "edges": [dict(zip(keys, edge.split(), strict=False)) for edge in edges]}


def flow(nodes: list[dict[str, Any]], *edges: str) -> Document:
    return {"name": "loops", **OPEN, **graph(nodes, *edges)}


def transform(node_id: str, value: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "transform", "config": {"value": value}}


def http(node_id: str, what: str = "ok", **settings: Any) -> dict[str, Any]:
    config = {"url": f"https://server/{what}/{node_id}", "timeout_seconds": 8}
    return {"id": node_id, "type": "http", "config": config, **settings}


def loop(body: Document, node_id: str = "loop", **config: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "loop", "config": {**config, "body": body}}


AGAIN: dict[str, Any] = {"retry": {"max_attempts": 3, "interval_seconds": 1}}
FIRST = transform("first", "{{inputs.n}}")
AFTER = transform("after", {"result": "{{input}}", "first": "{{nodes.first.output}}"})
FAILS_AT_TWO = "{{item = 2 ? $error('two') : item * nodes.first.output}}"

BATCHED = flow(
    [
        FIRST,
        loop(
            graph([transform("a", FAILS_AT_TWO), transform("b", ["{{index}}", "{{input}}"])], "a b"),
            items=[1, 2, 3, 4],
            max_concurrency=2,
            on_item_error="continue",
        ),
        AFTER,
    ],
    *("first loop", "loop after"),
)
CALLING = flow(
    [
        FIRST,
        loop(
            graph([transform("a", FAILS_AT_TWO), http("b"), transform("c", "{{index}}")], "a b", "b c"),
            items=[1, 2, 3],
            max_concurrency=2,
            on_item_error="continue",
        ),
        AFTER,
    ],
    *("first loop", "loop after"),
)
PER_ITEM = flow(
    [
        FIRST,
        loop(
            graph(
                [http("a", **AGAIN), transform("b", "{{item}}"), http("c", **AGAIN), transform("d", 1)],
                *("a c", "b c", "b d"),
            ),
            items=[1, 2],
            on_item_error="continue",
        ),
        AFTER,
    ],
    *("first loop", "loop after"),
)
TURNS = flow(
    [
        FIRST,
        loop(
            graph([transform("a", "{{$number(input) + 1}}")]),
            loop_type="while",
            condition="{{index < 2}}",
        ),
        AFTER,
    ],
    *("first loop", "loop after"),
)
FAILING_TURN = flow(
    [
        FIRST,
        {
            **loop(
                graph([transform("a", "{{index = 1 ? $error('turn') : index}}")]),
                loop_type="until",
                condition="{{index = 3}}",
            ),
            "on_error": "continue",
        },
        AFTER,
    ],
    *("first loop", "loop after"),
)
FAILING_ITEM = flow(
    [
        FIRST,
        {**loop(graph([transform("a", FAILS_AT_TWO)]), items=[1, 2, 3]), "on_error": "continue"},
        AFTER,
    ],
    *("first loop", "loop after"),
)
NESTED = flow(
    [
        FIRST,
        loop(
            graph(
                [
                    loop(graph([transform("a", FAILS_AT_TWO)]), "inner", items="{{item}}"),
                    transform("b", "{{input.items}}"),
                ],
                "inner b",
            ),
            items=[[1], [2, 3], [3]],
            on_item_error="continue",
        ),
        AFTER,
    ],
    *("first loop", "loop after"),
)


def scenario(name: str, document: Document, *actions: Action) -> Scenario:
    visit = Visit(0, "user 1", "0", {"n": 4}, 0.0, list(actions), webhook_url="https://hooks/")
    return Scenario(name, [document], [visit])


def cancelling(document: Document, moment: float) -> Scenario:
    return scenario(f"cancel {moment}", document, (moment, "cancel"))


def pausing(document: Document, moment: float) -> Scenario:
    """Someone pauses a loop so many seconds after it was accepted, and resumes it a moment later."""
    return scenario(f"pause {moment}", document, (moment, "pause"), (moment + 0.3, "resume"))


SCENARIOS = {
    name: scenario(name, document)
    for name, document in {
        "batched": BATCHED,
        "calling": CALLING,
        "per item": PER_ITEM,
        "turns": TURNS,
        "failing turn": FAILING_TURN,
        "failing item": FAILING_ITEM,
        "nested": NESTED,
    }.items()
}
