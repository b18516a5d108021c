"""Executions are counted once, whatever the stream and the table do, and a recount finds the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from botocore.exceptions import ReadTimeoutError

from tests.faults.dynamodb import FakeDynamoDB, refused
from tests.faults.tables import Change, tables_of_template
from tests.functions import invoke
from tests.integration.aws import ENVIRONMENT
from workflows.adapters import counters, dynamodb
from workflows.adapters.stores import counter_store, execution_store
from workflows.domain import transitions
from workflows.domain.execution import STATUSES, TERMINAL, Execution
from workflows.domain.ids import id_milliseconds, new_id
from workflows.domain.payload import Payload
from workflows.domain.scopes import Scope
from workflows.domain.tally import bucket_name, day_period, duration_milliseconds, hour_period
from workflows.domain.times import format_time, from_milliseconds, now, parse_time
from workflows.services import recounts as recounts_module
from workflows.services.deletions import deletions
from workflows.services.recounts import recounts
from workflows.services.tallies import tallies

NOTHING = Payload("nothing", "inline", 2, text="{}")


class Table(FakeDynamoDB):
    """DynamoDB that now and then refuses a transaction, or makes it and does not say so."""

    def __init__(self) -> None:
        super().__init__(tables_of_template(), on_change=self._keep)
        self.random = Random(0)
        self.failures = 0.0
        self.answers_get_lost = True
        self.records: list[Any] = []

    def transact_write_items(self, **arguments: Any) -> Any:
        drawn = self.random.random()
        if drawn < self.failures:
            raise refused("TransactWriteItems", "ThrottlingException", "slow down")
        answer = super().transact_write_items(**arguments)
        if drawn > 1 - self.failures and self.answers_get_lost:
            raise ReadTimeoutError(endpoint_url="dynamodb")
        return answer

    def _keep(self, change: Change) -> None:
        if change.table == "ExecutionsTable" and change.key[1] == "execution" and change.new:
            keys = {"execution_id": {"S": change.key[0]}, "record": {"S": "execution"}}
            images = {"NewImage": change.new} | ({"OldImage": change.old} if change.old else {})
            number = str(len(self.records))
            self.records.append({"dynamodb": {"Keys": keys, "SequenceNumber": number, **images}})


@pytest.fixture
def table() -> Iterator[Table]:
    fake = Table()
    with (
        patch.dict("os.environ", ENVIRONMENT),
        patch.object(dynamodb, "client", lambda *_, **__: fake),
        patch.object(dynamodb, "back_off", lambda _: None),
    ):
        for store in (counter_store, execution_store, tallies, recounts, deletions):
            store.cache_clear()
        yield fake
        for store in (counter_store, execution_store, tallies, recounts, deletions):
            store.cache_clear()


class Life:
    """Executions that are accepted, go on, end, are retried and deleted."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.all: dict[str, Execution] = {}
        self.deleted: set[str] = set()

    def accept(self) -> None:
        random = self.random
        execution_id = new_id()
        new = Execution(
            execution_id=execution_id,
            workflow_id=random.choice(["w1", "w2", "w3"]),
            version=1,
            owner_id="owner",
            visibility=random.choice(["private", "public"]),
            status="pending",
            inputs=NOTHING,
            variables=NOTHING,
            started_at=from_milliseconds(id_milliseconds(execution_id)),
            state_machine_arn="arn",
            user_id=random.choice(["ada", "bob", None]),
            labels=tuple(random.sample(["a", "b", "c", "d", "e"], random.choice([0, 0, 0, 1, 5]))),
        )
        execution_store().create(new)
        self.all[execution_id] = new

    def go_on(self) -> None:
        """One change of status of some execution, or its deletion."""
        old = self.random.choice(list(self.all.values()))
        at = format_time(parse_time(old.started_at) + timedelta(seconds=self.random.expovariate(1 / 2_000)))
        match old.status:
            case "pending":
                change = transitions.begun(old, at)
            case "running":
                change = self.random.choice(
                    [
                        transitions.completed(old.attempt, None, at),
                        transitions.cancelled(old, at),
                        transitions.paused(old, at),
                        transitions.timed_out(old.attempt, at),
                    ]
                )
            case "paused":
                change = transitions.resumed(old, at)
            case "failed" if self.random.random() < 0.7:
                change = transitions.retried(old, at)
            case _:
                if self.random.random() < 0.3:
                    execution_store().hide(old.execution_id, at)
                    self.deleted.add(old.execution_id)
                    del self.all[old.execution_id]
                return
        self.all[old.execution_id] = execution_store().apply(old.execution_id, change)


def deliver(records: list[Any]) -> None:
    """Give records to the function until it takes them, as the event source mapping does."""
    for _ in range(200):
        try:
            assert invoke("lifecycle/count_executions", {"Records": records}) == {"batchItemFailures": []}
        except Exception as error:
            if "slow down" not in str(error) and not isinstance(error, ReadTimeoutError):
                raise
        else:
            return
    raise AssertionError("it never takes them")


def batches(records: list[Any], random: Random) -> Iterator[list[Any]]:
    """All records in batches, some of them again, and some before those that were earlier."""
    start = 0
    while start < len(records):
        size = random.randint(1, 100)
        batch = records[start : start + size]
        if random.random() < 0.3:
            random.shuffle(batch)
        if random.random() < 0.3 and start:
            batch += random.sample(records[:start], min(start, 10))
        if random.random() < 0.1:
            yield records[start + size : start + 2 * size]
        yield batch
        if random.random() < 0.2:
            yield batch
        start += size


def expected_totals(life: Life) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for execution in life.all.values():
        labelled = [scope for label in execution.labels for scope in execution.label_scopes(label)]
        found.update((scope.name, execution.status) for scope in (*execution.scopes, *labelled))
    return found


def expected_statistics(life: Life, scope: Scope) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for execution in life.all.values():
        if scope not in execution.scopes:
            continue
        for period in (hour_period(execution.started_at), day_period(execution.started_at)):
            found.setdefault(period, Counter())["started"] += 1
        if execution.status not in TERMINAL or execution.completed_at is None:
            continue
        for period in (hour_period(execution.completed_at), day_period(execution.completed_at)):
            numbers = found.setdefault(period, Counter())
            numbers[execution.status] += 1
            if execution.status == "completed":
                taken = duration_milliseconds(execution.execution_id, execution.completed_at)
                numbers["milliseconds"] += taken
                numbers[bucket_name(taken)] += 1
    return found


def assert_counted(life: Life) -> None:
    expected = expected_totals(life)
    for name in {name for name, _ in expected}:
        for status in STATUSES:
            assert counter_store().total(name, [status]) == expected[name, status], (name, status)
    scopes = {scope for execution in life.all.values() for scope in execution.scopes}
    for scope in scopes:
        kept: dict[str, Counter[str]] = {}
        for kind in ("hour", "day"):
            kept |= counter_store().statistics(scope.name, f"{kind}#", f"{kind}#~")
        shown = {period: +numbers for period, numbers in kept.items() if +numbers}
        assert shown == expected_statistics(life, scope)


def assert_labelled(life: Life, table: Table) -> None:
    """The items by which executions are in the lists of their labels are as the executions are."""
    found = {
        (id_, record): item
        for id_, records in table.tables["ExecutionsTable"].items.items()
        for record, item in records.items()
        if record.startswith("by_label#")
    }
    expected = {(e.execution_id, item["record"]): item for e in life.all.values() for item in e.label_items()}
    assert found.keys() == expected.keys()
    assert all(found[key]["status"]["S"] == item["status"] for key, item in expected.items())


def test_ten_thousand_changes_are_counted_once_however_they_are_told(table: Table) -> None:
    random = Random(7)
    life = Life(random)
    while len(table.records) < 10_000:
        if random.random() < 0.25 or not life.all:
            life.accept()
        else:
            life.go_on()
    table.failures = 0.05
    for batch in batches(table.records, random):
        deliver(batch)
    table.failures = 0

    assert len(life.deleted) > 50
    assert_counted(life)
    assert_labelled(life, table)


@pytest.mark.parametrize("seed", range(4))
def test_recount_mends_counters_while_executions_go_on(
    table: Table, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counters that are wrong for whatever reason, and changes that come before, between and after."""
    monkeypatch.setattr("workflows.services.recounts.time.sleep", lambda _: None)
    monkeypatch.setattr(recounts_module, "_PAGE_ITEMS", 20)
    random = Random(seed)
    life = Life(random)
    for _ in range(150):
        life.accept()
    for _ in range(300):
        life.go_on()
    told = 0
    for batch in batches(table.records[:350], random):
        deliver(batch)
    told = 350
    for records in table.tables["CountersTable"].items.values():
        for item in records.values():
            if "completed" in item:
                item["completed"] = {"N": "99"}
    is_done = False
    while not is_done:
        is_done = invoke("lifecycle/recount_executions", {}, 1)["is_done"]
        for _ in range(random.randrange(8)):
            life.go_on()
        if random.random() < 0.5:
            life.accept()
        until = random.randint(told, len(table.records))
        deliver(table.records[told:until])
        told = until
    deliver(table.records[told:])

    assert counter_store().generation().active == 2
    assert_counted(life)
    assert_labelled(life, table)
    assert invoke("lifecycle/recount_executions", {}, 900)["is_done"]
    assert_counted(life)


def test_execution_that_was_purged_is_not_counted_by_a_record_that_comes_again(table: Table) -> None:
    life = Life(Random(3))
    life.accept()
    (execution,) = life.all.values()
    store = execution_store()
    at = execution.started_at
    store.apply(execution.execution_id, transitions.cancelled(execution, at))
    deliver(table.records)
    store.hide(execution.execution_id, at)
    tallies().count(store.records([execution.execution_id]))
    store.purge(execution.execution_id)
    deliver(table.records)
    assert counter_store().total(execution.scopes[0].name, STATUSES) == 0
    left = table.tables["ExecutionsTable"].items[execution.execution_id]
    assert list(left) == ["counted"]
    assert "expires_at" in left["counted"]


@pytest.mark.parametrize("lost", ["status", "attempt", "inputs"])
def test_record_that_cannot_be_read_keeps_no_other_from_being_counted(table: Table, lost: str) -> None:
    """The stream goes on behind it once its tries are over, with what else was in the batch."""
    life = Life(Random(3))
    for _ in range(4):
        life.accept()
    first, poison, third, last = table.records
    poison["dynamodb"]["NewImage"] = {k: v for k, v in poison["dynamodb"]["NewImage"].items() if k != lost}
    number = poison["dynamodb"]["SequenceNumber"]
    for records in ([first, poison, third, last], [poison, third, last]):
        answer = invoke("lifecycle/count_executions", {"Records": records})
        assert answer == {"batchItemFailures": [{"itemIdentifier": number}]}
    assert counter_store().total("all_scope#all", STATUSES) == 3


def test_recount_goes_on_behind_an_execution_that_cannot_be_read(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.services.recounts.time.sleep", lambda _: None)
    life = Life(Random(3))
    for _ in range(4):
        life.accept()
    broken = list(life.all)[1]
    table.tables["ExecutionsTable"].items[broken]["execution"].pop("inputs")
    answer = invoke("lifecycle/recount_executions", {}, 900)
    assert answer == {"is_done": True, "executions": 4, "unreadable": (broken,)}
    assert counter_store().total("all_scope#all", STATUSES) == 3


def test_every_start_and_end_is_measured_once_whatever_is_refused(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    life = Life(Random(11))
    for _ in range(40):
        life.accept()
    for _ in range(150):
        life.go_on()
    table.failures, table.answers_get_lost = 0.3, False
    for batch in batches(table.records, Random(1)):
        deliver(batch)
    measured: Counter[str] = Counter()
    for line in capsys.readouterr().out.splitlines():
        if "_aws" in line:
            found = json.loads(line)
            measured.update({name: len(found[name]) for name in found if name.startswith("Executions")})
    assert measured["ExecutionsStarted"] == 40


def test_failure_after_a_retry_is_measured_also_where_both_come_at_once(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    life = Life(Random(3))
    life.accept()
    store = execution_store()
    (execution,) = life.all.values()
    id_, at = execution.execution_id, execution.started_at
    for _ in range(2):
        execution = store.apply(id_, transitions.begun(execution, at))
        execution = store.apply(id_, transitions.timed_out(execution.attempt, at))
        deliver(table.records)
        execution = store.apply(id_, transitions.retried(execution, at))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [line["ExecutionsFailed"] for line in lines] == [[1], [1]]


def test_period_that_is_not_kept_any_more_counts_nothing(table: Table) -> None:
    life = Life(Random(3))
    life.accept()
    (execution,) = life.all.values()
    deliver(table.records)
    scope = execution.scopes[0]
    assert len(counter_store().statistics(scope.name, "hour#", "hour#~")) == 1
    with time_machine.travel(parse_time(execution.started_at) + timedelta(days=counters.HOUR_DAYS + 2)):
        assert counter_store().statistics(scope.name, "hour#", "hour#~") == {}
        execution_store().apply(execution.execution_id, transitions.cancelled(execution, now()))
        execution_store().hide(execution.execution_id, now())
        deliver(table.records)
        [day] = counter_store().statistics(scope.name, "day#", "day#~").values()
        assert not any(day.values())
        assert counter_store().statistics(scope.name, "hour#", "hour#~") == {}


def test_one_execution_with_all_labels_fits_a_transaction_also_while_a_recount_is_on(table: Table) -> None:
    life = Life(Random(3))
    with patch.object(life.random, "choice", lambda options: options[-1]):
        life.accept()
        old = counter_store().generation()
        counter_store().change_generation(old, counters.Generation(1, 2, old.begun_at))
        life.go_on()
    (running,) = life.all.values()
    at = format_time(parse_time(running.started_at) + timedelta(hours=30))
    execution_store().apply(running.execution_id, transitions.completed(1, None, at))
    deliver(table.records[-1:])
    deliver(table.records)
    assert counter_store().total("all_scope#all", ["completed"]) == 1


def test_further_state_of_an_execution_costs_few_writes(table: Table) -> None:
    """All executions of a batch that are in the same lists share their counters."""
    life = Life(Random(5))
    for _ in range(30):
        with patch.object(life.random, "choice", lambda options: options[0]):
            life.accept()
    sizes = []
    transact = table.transact_write_items

    def measure(**arguments: Any) -> Any:
        sizes.append(len(arguments["TransactItems"]))
        return transact(**arguments)

    with patch.object(table, "transact_write_items", measure):
        deliver(table.records)
    # A marker each, and of four lists a total, an hour and a day.
    assert sizes == [30 + 4 * 3]
