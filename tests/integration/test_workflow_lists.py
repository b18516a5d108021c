"""Pages of workflows beside a plain list, while workflows are made, changed and deleted in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from tests.integration.aws import create_secrets, create_tables
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from workflows.adapters.dynamodb import ConditionFailed, transact
from workflows.adapters.stores import workflow_store
from workflows.adapters.workflow_scopes import public_workflows, workflows_of_user
from workflows.domain.ids import new_id
from workflows.domain.workflow import Visibility
from workflows.domain.workflow_names import fold_name
from workflows.domain.workflow_record import WorkflowRecord

AT = "2026-02-23T16:30:05.123Z"
USERS = ("owner", "other")
NAMES_THAT_SORT = ["R#1", "Report", "report 2", "Report#2", "r\uffff", "r\U0001f600", "r\U0010ffffx"]
NAMES = st.one_of(
    st.sampled_from(
        ["Report", "report 2", "REPORT#3", "rapport", "ré", "re\u0301", "\U0001f600", "r\U0010ffffx"]
    ),
    st.text(st.sampled_from("rRe #é\U0001f600\U0010ffff"), min_size=1, max_size=4),
)
PREFIXES = st.one_of(
    st.none(), st.text(st.sampled_from("rReE#é\U0001f600\U0010ffff"), min_size=1, max_size=2)
)


@dataclass
class List:
    """What is in the table, as a plain list."""

    draw: Callable[[st.SearchStrategy[Any]], Any]
    all: dict[str, WorkflowRecord] = field(default_factory=dict)
    renamed: set[str] = field(default_factory=set)

    def grow(self, count: int) -> None:
        for _ in range(count):
            new = workflow(
                self.draw(NAMES),
                self.draw(st.sampled_from(USERS)),
                self.draw(st.sampled_from(["public", "private"])),
            )
            workflow_store().create(new, 1_000)
            self.all[new.workflow_id] = new

    def change(self) -> None:
        """Rename, publish or delete one."""
        if not self.all:
            return
        old = self.draw(st.sampled_from(list(self.all.values())))
        if self.draw(st.integers(0, 3)) == 0:
            workflow_store().delete(old, AT)
            del self.all[old.workflow_id]
            return
        name = self.draw(st.one_of(st.just(old.name), NAMES))
        if name != old.name:
            self.renamed.add(old.workflow_id)
        self.all[old.workflow_id] = publish(old, name, self.draw(st.sampled_from(["public", "private"])))

    def matching(self, query: dict[str, Any]) -> list[WorkflowRecord]:
        prefix = fold_name(query.get("name", ""))
        found = [
            each
            for each in self.all.values()
            if (each.visibility == "public" if "visibility" in query else each.owner_id == "owner")
            and fold_name(each.name).startswith(prefix)
        ]
        order = query.get("order") or ("asc" if prefix else "desc")
        return sorted(found, key=lambda each: self.place(query, each), reverse=order == "desc")

    @staticmethod
    def place(query: dict[str, Any], record: WorkflowRecord) -> tuple[str, str]:
        return (fold_name(record.name) if "name" in query else "", record.workflow_id)

    def check_counters(self) -> None:
        for user in USERS:
            own = sum(each.owner_id == user for each in self.all.values())
            assert workflow_store().count_all(workflows_of_user(user)) == own
        public = sum(each.visibility == "public" for each in self.all.values())
        assert workflow_store().count_all(public_workflows()) == public


def workflow(name: str, owner_id: str = "owner", visibility: Visibility = "private") -> WorkflowRecord:
    return WorkflowRecord(new_id(), owner_id, name, visibility, 1, AT, AT)


def publish(old: WorkflowRecord, name: str, visibility: Visibility) -> WorkflowRecord:
    version = workflow_store().next_version(old.workflow_id)
    return workflow_store().publish(
        WorkflowRecord(old.workflow_id, old.owner_id, name, visibility, version, AT, AT)
    )


def draw_query(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, Any]:
    query = {
        "visibility": draw(st.sampled_from([None, "public"])),
        "name": draw(PREFIXES),
        "order": draw(st.sampled_from([None, "asc", "desc"])),
    }
    return {name: value for name, value in query.items() if value is not None}


def page(world: World, query: dict[str, Any]) -> Any:
    answer = world.call("list_workflows", query=query)
    assert answer.status == 200, answer.text
    return answer.json


# Examples make their own world, as a fixture would be shared by all of them.
many = settings(max_examples=10, suppress_health_check=list(HealthCheck))


@many
@given(st.data())
def test_pages_by_offset_are_those_of_a_plain_list(data: st.DataObject) -> None:
    with mock_aws():
        create_tables()
        create_secrets()
        plain = List(data.draw)
        plain.grow(data.draw(st.integers(0, 12)))
        for _ in range(data.draw(st.integers(0, 8))):
            plain.change()
        plain.check_counters()
        for _ in range(4):
            query = draw_query(data.draw)
            expected = [each.workflow_id for each in plain.matching(query)]
            offset, limit = data.draw(st.integers(0, 6)), data.draw(st.integers(1, 6))
            found = page(World(), {**query, "offset": str(offset), "limit": str(limit)})
            ids = [each["workflow_id"] for each in found["workflows"]]
            assert ids == expected[offset : offset + limit]
            assert found["total"] == len(expected)
            assert (found["next_cursor"] is None) == (offset + limit >= len(expected))


@many
@given(st.data())
def test_cursors_give_each_workflow_once_whatever_happens_between_pages(data: st.DataObject) -> None:
    with mock_aws():
        create_tables()
        create_secrets()
        plain = List(data.draw)
        plain.grow(data.draw(st.integers(0, 12)))
        query = draw_query(data.draw)
        steady = {each.workflow_id for each in plain.matching(query)}
        found_ids: list[str] = []
        cursor = None
        while True:
            limit = {"limit": str(data.draw(st.integers(1, 5)))}
            found = page(World(), {**query, **limit, **({"cursor": cursor} if cursor else {})})
            found_ids += [each["workflow_id"] for each in found["workflows"]]
            assert found["total"] == len(plain.matching(query))
            cursor = found["next_cursor"]
            if cursor is None:
                break
            plain.grow(data.draw(st.integers(0, 2)))
            for _ in range(data.draw(st.integers(0, 3))):
                plain.change()
                steady &= {each.workflow_id for each in plain.matching(query)}
        plain.check_counters()

        # By name, a workflow whose name changes has another place from then on.
        moved = plain.renamed if "name" in query else set()
        assert steady - moved <= set(found_ids)
        unmoved = [each for each in found_ids if each not in moved]
        assert len(unmoved) == len(set(unmoved))
        if "name" not in query:
            assert found_ids == sorted(found_ids, reverse=query.get("order") != "asc")


def test_name_finds_what_begins_so_whatever_the_case(world: World) -> None:
    ids = {name: world.save({**GREETING, "name": name}) for name in ("Report 2", "report", "#1", "Rapport")}
    world.save({**GREETING, "name": "report"}, user="other")

    found = page(world, {"name": "REP"})

    assert [each["workflow_id"] for each in found["workflows"]] == [ids["report"], ids["Report 2"]]
    assert (found["total"], found["next_cursor"]) == (2, None)
    assert page(world, {"name": "#"})["total"] == 1
    assert page(world, {"name": "report 2#"})["total"] == 0


def test_renamed_workflow_is_found_by_its_new_name_alone(world: World) -> None:
    workflow_id = world.save({**GREETING, "name": "old", "visibility": "public"})
    renamed = {**GREETING, "name": "new", "visibility": "public"}
    world.call("update_workflow", path={"workflow_id": workflow_id}, body=renamed)
    for visibility in ({}, {"visibility": "public"}):
        assert page(world, {"name": "old", **visibility})["total"] == 0
        assert page(world, {"name": "new", **visibility})["total"] == 1
    world.call("delete_workflow", path={"workflow_id": workflow_id})
    assert page(world, {"name": "new"})["total"] == page(world, {"visibility": "public"})["total"] == 0


def test_cursor_is_good_for_its_list_only(world: World) -> None:
    for name in ("a1", "a2", "a3"):
        world.save({**GREETING, "name": name, "visibility": "public"})
    cursor = page(world, {"name": "a", "limit": "1"})["next_cursor"]
    others = [({}, "owner"), ({"name": "a1"}, "owner"), ({"name": "a", "order": "desc"}, "owner")]
    others += [({"name": "a", "visibility": "public"}, "owner"), ({"name": "a"}, "other")]
    for query, user in others:
        assert world.call("list_workflows", query={**query, "cursor": cursor}, user=user).status == 400
    assert page(world, {"name": "A", "cursor": cursor})["total"] == 3


@pytest.mark.parametrize("function", ["list_workflows", "list_executions"])
def test_offset_beyond_reach_points_to_cursors(world: World, function: str) -> None:
    answer = world.call(function, query={"offset": "10001"})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "offset")
    assert "next_cursor" in answer.json["errors"][0]["detail"]
    assert world.call(function, query={"offset": "10000"}).status == 200


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"order": "up"}, "order"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "x", "offset": "1"}, "cursor"),
    ],
)
def test_wrong_parameter_is_refused(world: World, query: Any, parameter: str) -> None:
    answer = world.call("list_workflows", query=query)
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == parameter


def total(*, public: bool = False) -> int:
    return workflow_store().count_all(public_workflows() if public else workflows_of_user("owner"))


def test_writes_that_are_made_once_more_count_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a lost answer, where DynamoDB does not remember the transaction's token any more."""

    def twice(**writes: Any) -> None:
        transact(**writes)
        transact(**writes)

    monkeypatch.setattr("workflows.adapters.workflows.transact", twice)
    record = workflow("a")
    workflow_store().create(record, 1_000)
    assert (total(), total(public=True)) == (1, 0)
    published = publish(record, "a", "public")
    assert (published.version, published.visibility) == (2, "public")
    assert (total(), total(public=True)) == (1, 1)
    workflow_store().delete(published, AT)
    assert (total(), total(public=True)) == (0, 0)


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_publication_that_another_overtakes_counts_by_what_it_finds(
    world: World, monkeypatch: pytest.MonkeyPatch, visibility: Visibility
) -> None:
    store = workflow_store()
    record = workflow("a")
    store.create(record, 1_000)
    numbers = [store.next_version(record.workflow_id) for _ in range(3)]
    raced = [WorkflowRecord(record.workflow_id, "owner", "b", "public", numbers[0], AT, AT)]

    def race(**writes: Any) -> None:
        if raced:
            store.publish(raced.pop())
        transact(**writes)

    monkeypatch.setattr("workflows.adapters.workflows.transact", race)
    late = WorkflowRecord(record.workflow_id, "owner", "c", visibility, numbers[1], AT, AT)
    assert store.publish(late) == late
    assert (total(), total(public=True)) == (1, int(visibility == "public"))

    raced.append(WorkflowRecord(record.workflow_id, "owner", "d", "public", numbers[2], AT, AT))
    store.delete(late, AT)
    assert (total(), total(public=True)) == (0, 0)
    with pytest.raises(ConditionFailed):
        store.publish(late)
    with pytest.raises(ConditionFailed):
        store.delete(record, "2026-02-23T16:30:06.000Z")
    assert (total(), total(public=True)) == (0, 0)


def test_workflow_of_the_same_id_is_not_made_twice(world: World) -> None:
    record = workflow("a")
    workflow_store().create(record, 1_000)
    with pytest.raises(ConditionFailed):
        workflow_store().create(WorkflowRecord(record.workflow_id, "other", "b", "public", 1, AT, AT), 1_000)
    assert (total(), total(public=True)) == (1, 0)
