"""Workflows whose whole cost is compared with that of other engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.costs.bill import StatesByHand
from tests.costs.meter import Meter
from tests.costs.scenarios import http, node
from tests.costs.scenarios_api import authorize
from tests.integration.conftest import flow
from tests.integration.state_machine import ExecutionFailed

Definition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """
    Attributes:
        by_hand: The states that an execution enters where somebody has written its ASL.
        run: Runs an accepted execution to its end.
        status: What that is.
    """

    name: str
    definition: Definition
    by_hand: StatesByHand
    run: Callable[[Meter, str], None] = Meter.finish
    status: str = "completed"


def _chain(*nodes: Definition) -> Definition:
    return flow(*nodes, edges=list(pairwise(each["id"] for each in nodes)))


def _loop(body: Definition) -> Definition:
    config = {"items": [*range(100)], "body": {"nodes": [body], "edges": []}}
    return _chain(node("start", "start"), node("loop", "loop", config=config), node("end", "end"))


def _answered(meter: Meter, execution_id: str) -> None:
    """Run an execution whose approval is answered as soon as it waits."""
    answers: dict[str, dict[str, str]] = {}

    def answer(payload: dict[str, Any]) -> None:
        authorize()
        path = {"execution_id": execution_id, "node_id": "ask"}
        meter.call("complete_node", path=path, body={"decision": "approved"})
        answers[payload["token"]] = {"output": "{}"}

    meter.finish(execution_id, answers=answers, while_waiting=answer)


def _cancelled(meter: Meter, execution_id: str) -> None:
    """Run an execution that is cancelled in its delay."""

    def cancel(payload: dict[str, Any]) -> None:
        if payload["nodes"] != ["late"]:
            return
        authorize()
        meter.call("cancel_execution", path={"execution_id": execution_id})
        # Its Wait is not over: this Task is never entered.
        raise ExecutionFailed

    meter.finish(execution_id, before_task=cancel)


_BRANCHES = flow(
    *(node(f"step-{n}") for n in range(6)),
    *(http(f"call-{n}") for n in range(4)),
    edges=[
        *pairwise(("step-0", "call-0", "step-1", "call-1", "step-2", "step-4")),
        *pairwise(("step-0", "call-2", "step-3", "call-3", "step-4", "step-5")),
    ],
)

_CONDITION = flow(
    node("large", "condition", config={"expression": "{{true}}"}),
    *(node(f"step-{n}") for n in range(1, 6)),
    *(http(f"call-{n}") for n in range(4)),
    edges=[
        ("large", "call-0", "true"),
        ("large", "call-2", "false"),
        *pairwise(("call-0", "step-1", "call-1", "step-3")),
        *pairwise(("call-2", "step-2", "call-3", "step-3", "step-4", "step-5")),
    ],
)

CHAIN = Shape(
    "ten nodes in a chain, six inline",
    _chain(*(http(f"n-{n}") if kind == "h" else node(f"n-{n}") for n, kind in enumerate("thtthtthht"))),
    StatesByHand(inline=6, http=4),
)
BRANCHES = Shape("ten nodes in two branches, six inline", _BRANCHES, StatesByHand(inline=6, http=4, others=1))
CONDITION = Shape(
    "ten nodes with a condition, six inline", _CONDITION, StatesByHand(inline=4, http=2, choices=1)
)
ABREAST = Shape(
    "ten `http` nodes side by side",
    flow(*(http(f"call-{n}") for n in range(10)), edges=[]),
    StatesByHand(http=10, others=1),
)
LOOP = Shape(
    "a loop over 100 items, a `transform` each",
    _loop(node("each", config={"value": "{{item}}"})),
    StatesByHand(inline=100, others=1),
)
HTTP_LOOP = Shape(
    "a loop over 100 items, an `http` node each", _loop(http("each")), StatesByHand(http=100, others=1)
)
APPROVAL = Shape(
    "three nodes, one an approval",
    _chain(node("first"), node("ask", "approval", config={"message": "Well?"}), http("last")),
    # Who answers calls a function that sends success to the token.
    StatesByHand(inline=2, http=1, calls=2),
    _answered,
)
CANCEL = Shape(
    "three nodes, cancelled in a delay",
    _chain(http("first"), node("wait", "delay", config={"seconds": 3600}), http("late")),
    StatesByHand(http=1, others=1, calls=2),
    _cancelled,
    "cancelled",
)
SHAPES = (CHAIN, BRANCHES, CONDITION, ABREAST, LOOP, HTTP_LOOP, APPROVAL, CANCEL)
