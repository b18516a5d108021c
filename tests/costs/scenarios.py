"""What is measured, by the name under which `docs/costs.md` has it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.costs.measured import Measured
from tests.costs.meter import Meter
from tests.integration.conftest import flow

Scenario = Callable[[Meter], Measured]

SCENARIOS: dict[str, Scenario] = {}
ALONE: set[str] = set()
"""Those that see the executions of all users, and so need a stack without any."""


def scenario(name: str, *, alone: bool = False) -> Callable[[Scenario], Scenario]:
    def register(measure: Scenario) -> Scenario:
        assert name not in SCENARIOS
        SCENARIOS[name] = measure
        if alone:
            ALONE.add(name)
        return measure

    return register


def node(node_id: str, type_: str = "transform", **settings: Any) -> dict[str, Any]:
    """A node of a definition; a transform without a config makes a short text."""
    config = {"config": {"value": node_id}} if type_ == "transform" else {}
    return {"id": node_id, "type": type_, **config, **settings}


def http(node_id: str, answer: str | int = 2, **settings: Any) -> dict[str, Any]:
    """An `http` node whose answer has so many bytes, or `fail`s."""
    return node(node_id, "http", config={"url": f"{{{{inputs.url}}}}{answer}"}, **settings)


TEN = [node("start", "start"), *(http(f"call-{number}") for number in range(1, 9)), node("end", "end")]
TEN_IDS = [each["id"] for each in TEN]

CHAIN = flow(*TEN, edges=list(pairwise(TEN_IDS)))
SMALL = flow(node("a"), edges=[])


def running(meter: Meter) -> str:
    """An execution of which a node has run."""
    execution_id = meter.accept(meter.save(flow(node("a"), node("b"), edges=[])))
    meter.task(meter.run(execution_id), "a")
    return execution_id
