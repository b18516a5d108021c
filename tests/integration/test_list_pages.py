"""Pages of executions beside a plain list, while executions are accepted and change status in between."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from workflows.adapters.stores import execution_store
from workflows.domain import transitions
from workflows.domain.execution import Execution, Status
from workflows.domain.ids import first_id, id_milliseconds, is_id, new_id
from workflows.domain.payload import Payload
from workflows.domain.times import from_milliseconds

EPOCH = 1_771_864_205_000
NOTHING = Payload("nothing", "inline", 2, text="{}")
LEFT: tuple[Status, ...] = ("pending", "running", "failed")


def execution(number: int, random: Random) -> Execution:
    """Of some user and workflow, and of some millisecond: a few have the same."""
    at = EPOCH + number // 2
    execution_id = f"{first_id(at)}-7{number:03x}-8000-{random.getrandbits(48):012x}"
    assert is_id(execution_id)
    return Execution(
        execution_id=execution_id,
        workflow_id=random.choice(["w1", "w2"]),
        version=1,
        owner_id="owner",
        visibility="private",
        status="pending",
        inputs=NOTHING,
        variables=NOTHING,
        started_at=from_milliseconds(at),
        state_machine_arn="arn",
        user_id=random.choice(["owner", "other"]),
        labels=tuple(random.sample(["nightly", "x:1", "by hand"], random.choice([0, 0, 1, 2]))),
    )


class List:
    """What is in the table, as a plain list."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.all: dict[str, Execution] = {}
        self.changed: set[str] = set()

    def grow(self, count: int) -> None:
        for _ in range(count):
            new = execution(len(self.all), self.random)
            execution_store().create(new)
            self.all[new.execution_id] = new

    def change(self) -> None:
        """Let one go on in its life."""
        old = self.random.choice(list(self.all.values()))
        if old.status not in LEFT:
            return
        at = from_milliseconds(EPOCH)
        change = transitions.begun(old, at) if old.status == "pending" else transitions.cancelled(old, at)
        if old.status == "failed":
            change = transitions.retried(old, at)
        self.all[old.execution_id] = execution_store().apply(old.execution_id, change)
        self.changed.add(old.execution_id)

    def matching(self, query: dict[str, Any]) -> list[str]:
        found = [
            each.execution_id
            for each in self.all.values()
            if query.get("workflow_id") in (None, each.workflow_id)
            and query.get("user_id") in (None, each.user_id)
            and query.get("label") in (None, *each.labels)
            and (not query.get("status") or each.status in query["status"])
            and query.get("started_after", "") <= each.started_at
            and each.started_at < query.get("started_before", "9")
        ]
        return sorted(found, reverse=query.get("order", "desc") == "desc")


def filters(random: Random) -> dict[str, Any]:
    query: dict[str, Any] = {"order": random.choice(["asc", "desc"])}
    if random.random() < 0.5:
        query["workflow_id"] = random.choice(["w1", "w2"])
    if random.random() < 0.5:
        query["user_id"] = random.choice(["owner", "other"])
    if random.random() < 0.3:
        query["label"] = random.choice(["nightly", "x:1", "by hand"])
    if random.random() < 0.5:
        query["status"] = random.sample(["pending", "running", "cancelled", "failed"], random.randint(1, 3))
    if random.random() < 0.3:
        query["started_after"] = from_milliseconds(EPOCH + random.randrange(20))
    if random.random() < 0.3:
        query["started_before"] = from_milliseconds(EPOCH + random.randrange(20))
    return query


def page(world: World, query: dict[str, Any]) -> Any:
    answer = world.call("list_executions", query=query, user="boss", role="admin")
    assert answer.status == 200, answer.text
    return answer.json


@pytest.mark.parametrize("seed", range(12))
def test_pages_by_offset_are_those_of_a_plain_list(world: World, seed: int) -> None:
    random = Random(seed)
    plain = List(random)
    plain.grow(20)
    for _ in range(15):
        plain.change()
    world.count()
    for _ in range(6):
        query = filters(random)
        expected = plain.matching(query)
        offset, limit = random.randrange(12), random.randrange(1, 12)
        found = page(world, {**query, "offset": str(offset), "limit": str(limit)})
        ids = [each["execution_id"] for each in found["executions"]]
        assert ids == expected[offset : offset + limit]
        assert found["total"] == len(expected)
        assert (found["next_cursor"] is None) == (offset + limit >= len(expected))


@pytest.mark.parametrize("seed", range(12))
def test_cursors_give_each_execution_once_whatever_happens_between_pages(world: World, seed: int) -> None:
    random = Random(seed)
    plain = List(random)
    plain.grow(20)
    query = filters(random)
    before = plain.matching(query)
    given: list[str] = []
    cursor = None
    while True:
        limit = {"limit": str(random.randrange(1, 8))}
        found = page(world, {**query, **limit, **({"cursor": cursor} if cursor else {})})
        given += [each["execution_id"] for each in found["executions"]]
        cursor = found["next_cursor"]
        if cursor is None:
            break
        plain.grow(random.randrange(3))
        for _ in range(random.randrange(4)):
            plain.change()

    assert len(given) == len(set(given))
    assert given == sorted(given, reverse=query["order"] == "desc")
    unchanged = [each for each in before if not query.get("status") or each not in plain.changed]
    assert set(unchanged) <= set(given)


def test_time_of_an_id_is_when_it_was_made_and_what_lists_go_by(world: World) -> None:
    execution_id = world.accept(world.save(GREETING))
    started_at = world.get(execution_id)["started_at"]
    assert from_milliseconds(id_milliseconds(execution_id)) == started_at
    queries: list[tuple[dict[str, Any], bool]] = [
        ({"started_after": started_at}, True),
        ({"started_before": started_at}, False),
        ({"started_after": "2020-01-01T00:00:00+02:00", "started_before": "2099-01-01T00:00:00Z"}, True),
        ({"started_after": "2099-01-01T00:00:00Z", "started_before": "2020-01-01T00:00:00Z"}, False),
        ({"started_after": "0001-01-01T00:00:00Z", "started_before": "9999-12-31T23:59:59.9999Z"}, True),
    ]
    for query, is_there in queries:
        answer = world.call("list_executions", query=query)
        assert answer.status == 200, answer.text
        assert answer.json["total"] == int(is_there)
    assert (
        first_id(id_milliseconds(execution_id)) < execution_id < first_id(id_milliseconds(execution_id) + 1)
    )


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"cursor": "x"}, "cursor"),
        ({"cursor": new_id()}, "cursor"),
        ({"cursor": "x", "offset": "1"}, "cursor"),
        ({"started_after": "yesterday"}, "started_after"),
        ({"started_before": "2026-01-01T00:00:00"}, "started_before"),
    ],
)
def test_what_cannot_be_gone_on_by_is_refused(world: World, query: Any, parameter: str) -> None:
    answer = world.call("list_executions", query=query)
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == parameter


def test_cursor_is_good_for_its_list_only(world: World) -> None:
    workflow_id = world.save(GREETING)
    for user in ("owner", "owner"):
        world.accept(workflow_id, user=user)
    cursor = world.call("list_executions", query={"limit": "1"}).json["next_cursor"]
    for query, user in (({"order": "asc"}, "owner"), ({"status": "failed"}, "owner"), ({}, "other")):
        answer = world.call("list_executions", query={**query, "cursor": cursor}, user=user)
        assert answer.status == 400
    assert world.call("list_executions", query={"cursor": cursor}).status == 200
