"""Counters of workflows beside the lists that they count, after writers who got in each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from tests.dynamodb_engine import dynamodb_engine
from tests.integration.aws import create_tables
from tests.integration.test_workflow_lists import NAMES_THAT_SORT, publish, workflow
from workflows.adapters.clients import client
from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.stores import workflow_store
from workflows.adapters.workflow_scopes import public_workflows, workflows_of_user
from workflows.domain.workflow_record import WorkflowRecord


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables in another engine, whose transactions are true to threads."""
    client.cache_clear()
    with dynamodb_engine(tmp_path) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        create_tables()
        yield
    client.cache_clear()


def test_counters_are_right_after_writers_at_the_same_time(elsewhere: None) -> None:
    store = workflow_store()
    records = [workflow(f"number {number}") for number in range(7)]
    for record in records:
        store.create(record, 1_000)

    def write(seed: int) -> int:
        random, written = Random(seed), 0
        for number in range(12):
            record = random.choice(records)
            try:
                if random.random() < 0.1:
                    store.delete(record, f"2026-02-23T16:30:{number:02}.{seed:03}Z")
                else:
                    publish(record, f"number {number}", random.choice(["public", "private"]))
            except ConditionFailed:
                continue
            written += 1
        return written

    with ThreadPoolExecutor(6) as writers:
        assert sum(writers.map(write, range(6))) > 6

    left = [found for record in records if (found := store.current(record.workflow_id))]
    assert store.count_all(workflows_of_user("owner")) == len(left)
    assert store.count(workflows_of_user("owner").in_order_of_id()) == len(left)
    public = sum(found.visibility == "public" for found in left)
    assert store.count_all(public_workflows()) == public
    assert store.count(public_workflows().in_order_of_id()) == public


def test_names_sort_by_bytes_there_too(elsewhere: None) -> None:
    store = workflow_store()
    for name in (*NAMES_THAT_SORT[::-1], "other"):
        store.create(workflow(name), 1_000)
    range_ = workflows_of_user("owner").with_prefix("R")

    items = store.page(range_, descending=False, limit=50)

    found = [WorkflowRecord.from_item(item).name for item in items]
    assert found == NAMES_THAT_SORT
    after = items[2]["name_key"]
    assert store.page(range_, descending=False, after=after, limit=50) == items[3:]
    assert store.page(range_, descending=True, after=after, limit=50) == items[1::-1]
    assert store.count(range_) == len(items)
