"""Cancel, pause, resume and retry on the deployed stack, whose engine goes on with branches after a stop."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from local.demo_server import serving
from tests.e2e.test_main_job import flow
from tests.e2e.users import User
from tests.waiting import wait_for


class Gatekeeper:
    """A server whose answers a test holds back, changes and counts, by path."""

    def __init__(self) -> None:
        self.held: dict[str, threading.Event] = {}
        self.statuses: dict[str, int] = {}
        self.seen: Counter[str] = Counter()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        keeper = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                name = self.path.strip("/")
                keeper.seen[name] += 1
                keeper.held.get(name, _OPEN).wait(30)
                body = name.encode()
                self.send_response(keeper.statuses.get(name, 200))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def sees(self, name: str, times: int = 1) -> None:
        wait_for(lambda: self.seen[name], lambda count: count >= times)


_OPEN = threading.Event()
_OPEN.set()


@pytest.fixture
def keeper() -> Iterator[tuple[Gatekeeper, str]]:
    gatekeeper = Gatekeeper()
    with serving(gatekeeper.handler()) as url:
        yield gatekeeper, url
        for event in gatekeeper.held.values():
            event.set()


def call(node_id: str, **settings: Any) -> dict[str, Any]:
    config = {"method": "POST", "url": f"{{{{inputs.url}}}}/{node_id}"}
    return {"id": node_id, "type": "http", "config": config, **settings}


def delay(node_id: str, seconds: float) -> dict[str, Any]:
    return {"id": node_id, "type": "delay", "config": {"seconds": seconds}}


CANCELS: dict[str, tuple[dict[str, Any], str]] = {
    "a wait": (flow(call("a"), delay("w", 60), call("z"), edges=[("a", "w"), ("w", "z")]), "a"),
    # c waits at a gate for a and b; the cancel comes while a is under way.
    "a gate": (
        flow(*map(call, "abcdz"), edges=[("a", "c"), ("b", "c"), ("b", "d"), ("c", "z"), ("d", "z")]),
        "a",
    ),
    "a parallel": (flow(*map(call, "abz"), edges=[("a", "z"), ("b", "z")]), "a"),
    "a retry's pause": (
        flow(call("a", retry={"max_attempts": 3, "interval_seconds": 2}), call("z"), edges=[("a", "z")]),
        "a",
    ),
}


@pytest.mark.parametrize("during", CANCELS)
def test_no_node_starts_after_a_cancel(owner: User, keeper: tuple[Gatekeeper, str], during: str) -> None:
    server, url = keeper
    definition, held = CANCELS[during]
    server.held[held] = threading.Event()
    if during == "a retry's pause":
        server.statuses["a"] = 503
    execution_id = owner.execute(owner.save(definition), url=url)
    server.sees(held)
    if during in ("a wait", "a retry's pause"):
        server.held[held].set()
        wait_for(
            lambda: owner.get(execution_id)["nodes"],
            lambda nodes: nodes.get("w", {}).get("status") == "waiting" or "error" in nodes["a"],
        )

    cancelled = owner("POST", f"/executions/{execution_id}/cancel")
    assert (cancelled.status, cancelled.json()["status"]) == (200, "cancelled")
    server.held[held].set()

    # Whatever was under way, and whatever the engine goes on with, comes to its end meanwhile.
    def is_quiet(nodes: dict[str, Any]) -> bool:
        return all(node["status"] in ("completed", "failed", "cancelled") for node in nodes.values())

    nodes = wait_for(lambda: owner.get(execution_id)["nodes"], is_quiet)
    assert nodes["z"]["status"] == "cancelled"
    assert "z" not in server.seen
    assert server.seen["a"] == 1
    cancelled_at = cancelled.json()["cancelled_at"]
    assert all(node.get("started_at", "") <= cancelled_at for node in nodes.values())
    assert owner.get(execution_id)["status"] == "cancelled"


def test_cancel_of_one_that_waits_for_its_turn_and_twice_at_once(
    owner: User, keeper: tuple[Gatekeeper, str]
) -> None:
    server, url = keeper
    server.held["a"] = threading.Event()
    workflow_id = owner.save(flow(call("a"), edges=[], max_concurrent_executions=1))
    first, second = owner.execute(workflow_id, url=url), owner.execute(workflow_id, url=url)
    server.sees("a")
    assert owner.get(second)["status"] == "pending"

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: owner("POST", f"/executions/{second}/cancel"), range(8)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["cancelled_at"] for answer in answers}) == 1

    third = owner.execute(workflow_id, url=url)
    server.held["a"].set()
    assert owner.ended(first)["status"] == "completed"
    assert owner.ended(third)["status"] == "completed"
    assert owner.get(second)["status"] == "cancelled"
    assert server.seen["a"] == 2


def twenty_nodes(wait_seconds: float) -> dict[str, Any]:
    """A delay, an N (hence a gate), a condition and chains: twenty nodes."""
    tries = {"retry": {"max_attempts": 2, "interval_seconds": 1}}
    names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    value = "{{$join($map([nodes.g, nodes.h, nodes.i, nodes.j], function($n) {$n.output.body}))}}"
    return flow(
        {"id": "start", "type": "start"},
        *(call(name, **tries) for name in names),
        delay("wait", wait_seconds),
        {"id": "is-wanted", "type": "condition", "config": {"expression": "{{inputs.wanted}}"}},
        {"id": "yes", "type": "transform", "config": {"value": "yes"}},
        {"id": "no", "type": "transform", "config": {"value": "no"}},
        *({"id": f"t{i}", "type": "transform", "config": {"value": i}} for i in range(4)),
        {"id": "end", "type": "end", "config": {"output": [value, "{{nodes.yes.output}}"]}},
        edges=[
            ("start", "a"), ("start", "b"),
            ("a", "c"), ("b", "c"), ("b", "d"),  # the N
            ("c", "e"), ("d", "f"), ("e", "wait"), ("f", "wait"),
            ("wait", "is-wanted"), ("is-wanted", "yes", "true"), ("is-wanted", "no", "false"),
            ("yes", "g"), ("yes", "h"), ("g", "i"), ("h", "j"),
            ("i", "t0"), ("t0", "t1"), ("j", "t2"), ("t2", "t3"),
            ("t1", "end"), ("t3", "end"), ("no", "end"),
        ],
    )  # fmt: skip


def test_paused_resumed_failed_and_retried_it_does_what_it_would_have_done_undisturbed(
    owner: User, keeper: tuple[Gatekeeper, str]
) -> None:
    server, url = keeper
    workflow_id = owner.save(twenty_nodes(3))
    undisturbed = owner.ended(owner.execute(workflow_id, url=url, wanted=True))
    assert undisturbed["status"] == "completed", undisturbed
    server.seen.clear()

    # Paused while b is under way: c waits at its gate, a is settled.
    server.held["b"] = threading.Event()
    execution_id = owner.execute(workflow_id, url=url, wanted=True)
    owner.reaches(execution_id, "a", "completed")
    server.sees("b")
    assert owner("POST", f"/executions/{execution_id}/pause").json()["status"] == "paused"
    server.held["b"].set()
    owner.reaches(execution_id, "b", "completed")
    assert not set("cdef") & set(server.seen)

    # Paused again during the delay.
    assert owner("POST", f"/executions/{execution_id}/resume").json()["attempt"] == 2
    owner.reaches(execution_id, "wait", "waiting")
    assert owner("POST", f"/executions/{execution_id}/pause").status == 200

    # Fails for good, and is retried.
    server.statuses["h"] = 404
    server.held["h"] = threading.Event()
    assert owner("POST", f"/executions/{execution_id}/resume").json()["attempt"] == 3
    server.sees("g")
    server.held["h"].set()
    failed = owner.ended(execution_id)
    assert (failed["status"], failed["error"]["node_id"]) == ("failed", "h")
    server.statuses.clear()
    owner.reaches(execution_id, "g", "completed")
    assert owner("POST", f"/executions/{execution_id}/retry").json()["attempt"] == 4

    ended = wait_for(lambda: owner.get(execution_id), lambda found: found["status"] == "completed")
    assert ended["result"] == undisturbed["result"]
    assert {id_: node["status"] for id_, node in ended["nodes"].items()} == {
        id_: node["status"] for id_, node in undisturbed["nodes"].items()
    }
    assert server.seen == Counter(dict.fromkeys("abcdefgij", 1) | {"h": 2})


def test_execute_waits_for_the_end_and_the_same_key_is_the_same_execution(
    owner: User, keeper: tuple[Gatekeeper, str]
) -> None:
    server, url = keeper
    workflow_id = owner.save(flow(call("a"), edges=[]))

    def execute(_: int) -> Any:
        return owner(
            "POST",
            f"/workflows/{workflow_id}/execute?wait_seconds=20",
            {"inputs": {"url": url}},
            headers={"Idempotency-Key": "nightly-7"},
        )

    with ThreadPoolExecutor(10) as callers:
        answers = list(callers.map(execute, range(10)))
    assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers][:3]
    assert len({answer.json()["execution_id"] for answer in answers}) == 1
    assert {answer.json()["status"] for answer in answers} == {"completed"}
    assert server.seen["a"] == 1


def test_deleted_execution_is_gone(owner: User, keeper: tuple[Gatekeeper, str]) -> None:
    execution_id = owner.execute(owner.save(flow(call("a"), edges=[])), url=keeper[1])
    owner.ended(execution_id)
    assert owner("DELETE", f"/executions/{execution_id}").status == 204
    assert owner("GET", f"/executions/{execution_id}").status == 404


def test_bulk_cancel_cancels_what_the_filter_names(owner: User) -> None:
    workflow_id = owner.save(flow(delay("w", 600), edges=[]))
    ids = [owner.execute(workflow_id) for _ in range(3)]
    for execution_id in ids:
        owner.reaches(execution_id, "w", "waiting")
    answer = owner("POST", "/executions/cancel", {"workflow_id": workflow_id, "status": ["running"]})
    assert answer.json() == {"cancelled": 3, "ended": 0, "more": False}
    assert {owner.get(execution_id)["status"] for execution_id in ids} == {"cancelled"}


def test_clean_up_runs_after_a_cancel(owner: User, keeper: tuple[Gatekeeper, str]) -> None:
    server, url = keeper
    definition = flow(call("a"), delay("w", 600), edges=[("a", "w")], on_cancel={"nodes": [call("release")]})
    execution_id = owner.execute(owner.save(definition), url=url)
    owner.reaches(execution_id, "w", "waiting")
    owner("POST", f"/executions/{execution_id}/cancel")
    owner.reaches(execution_id, "release", "completed")
    assert owner.get(execution_id)["status"] == "cancelled"
    assert server.seen["release"] == 1
