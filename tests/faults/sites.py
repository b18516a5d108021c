"""Small scenarios that come past every call site, each played once for each fault at each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.checks import compare
from tests.faults.plans import Call, Fault, Listing, OneFault
from tests.faults.scenario import Report, Scenario, play, undisturbed
from tests.faults.users import Action, Visit


def _http(name: str, what: str = "ok", **settings: Any) -> dict[str, Any]:
    url = f"https://server/{what}/{name}"
    retry = {"max_attempts": 3, "interval_seconds": 1}
    return {
        "id": name,
        "type": "http",
        "config": {"url": url, "timeout_seconds": 8},
        "retry": retry,
        **settings,
    }


def _node(name: str, kind: str, **config: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "config": config, "retry": {"max_attempts": 3}}


def _flow(nodes: list[dict[str, Any]], *edges: str, **settings: Any) -> dict[str, Any]:
    listed = [dict(zip(("source", "target", "when"), edge.split(), strict=False)) for edge in edges]
    return {"name": "small", "visibility": "public", "nodes": nodes, "edges": listed, **settings}


_INPUT = {"value": {"input": "{{input}}", "n": "{{inputs.n}}"}}
_GATES = _flow(
    [
        _http("a"),
        _node("b", "delay", seconds=3),
        _http("c"),
        _node("d", "transform", **_INPUT),
        _node("e", "transform", **_INPUT),
    ],
    *("a c", "a d", "b d", "c e", "d e"),
)
_CHOICE = _flow(
    [
        _node("a", "condition", expression="{{inputs.n > 2}}"),
        _http("b"),
        _http("c"),
        _http("d", "broken", on_error="continue"),
    ],
    *("a b true", "a c false", "b d", "c d"),
)
_CHAIN = _flow([_http("a"), _node("b", "delay", seconds=90), _http("c")], "a b", "b c")
_LATE = _flow([_http("a", "late"), _node("b", "transform", **_INPUT)], "a b")


def _visits(*actions: list[Action], **settings: Any) -> list[Visit]:
    common = {"user_id": "user 1", "workflow_id": "0", "inputs": {"n": 4}, "webhook_url": "https://hooks/"}
    return [
        Visit(number=number, starts_after=number, actions=done, **{**common, **settings})
        for number, done in enumerate(actions)
    ]


SCENARIOS: dict[str, Scenario] = {
    "gates": Scenario("gates", [_GATES], _visits([], inputs={"n": 4, "big": "x" * 5_000})),
    "objects": Scenario("objects", [_LATE], _visits([], inputs={"n": 4, "big": "x" * 310_000})),
    "choice": Scenario("choice", [_CHOICE], _visits([])),
    "slots": Scenario("slots", [{**_CHAIN, "max_concurrent_executions": 1}], _visits([], []), user_limit=2),
    "pause": Scenario("pause", [_CHAIN], _visits([(5.0, "pause"), (9.0, "resume")])),
    "pause within a node": Scenario("pause 2", [_CHAIN], _visits([(0.5, "pause"), (0.7, "resume")])),
    "cancel": Scenario("cancel", [_CHAIN], _visits([(5.0, "cancel"), (5.0, "cancel")])),
    "retry": Scenario("retry", [_LATE], _visits([])),
    "stop": Scenario("stop", [_CHAIN], _visits([(5.0, "stop")])),
    "overflow": Scenario("overflow", [_CHAIN], _visits([(5.0, "overflow")])),
    "time-out": Scenario("time-out", [{**_CHAIN, "timeout_seconds": 8}], _visits([], retries=1)),
}


@dataclass(frozen=True, slots=True)
class Site:
    """A call of a scenario at which something may go wrong."""

    scenario: str
    call: Call


def call_sites(*, every_call: bool = False) -> Iterator[Site]:
    """The first call from each call site, over all scenarios; or every call of each."""
    known: set[object] = set()
    for name, scenario in SCENARIOS.items():
        listing = Listing()
        report = play(scenario, listing)
        assert not report.monitor.violations, (name, *map(str, report.monitor.violations))
        for call, site in listing.calls:
            key = call.service, call.operation, call.function, site
            if every_call or key not in known:
                yield Site(name, call)
            known.add(key)


def play_fault(site: Site, fault: Fault) -> Report:
    """Play a scenario in which exactly one call goes wrong."""
    scenario = SCENARIOS[site.scenario]
    report = play(scenario, OneFault(site.call.number, fault))
    compare(report.monitor, report.outcomes, _undisturbed(site.scenario))
    return report


_calm: dict[str, Any] = {}


def _undisturbed(name: str) -> Any:
    if name not in _calm:
        _calm[name] = play(undisturbed(SCENARIOS[name]), kind=True).outcomes
    return _calm[name]
