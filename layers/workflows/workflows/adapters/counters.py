"""The counters table: how many executions each list holds by status, and what became of them by hour and day.

Each number is spread over shards, so that those who count at the same time seldom meet. Counters are kept in
generations: a recount makes the next one beside that which is read, until it is complete.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from workflows.adapters.dynamodb import Key, Table, transact
from workflows.domain.execution import Execution, Status, label_record
from workflows.domain.tally import MARKER_RECORD, TOTAL, CounterKey, Number, Tally
from workflows.domain.times import now, parse_time

SHARDS = 4

MAX_ACTIONS = 100
"""Of a transaction of DynamoDB."""

HOUR_DAYS = 90
DAY_DAYS = 1_100
"""How long the statistics of an hour and of a day are kept."""

_MARKER_DAYS = 7
"""How long it is known that a deleted execution was counted; streams repeat records for a day."""

_STATE_KEY: Key = {"counter": "generation", "period": "current"}


@dataclass(frozen=True, slots=True)
class Generation:
    """Which counters are in use.

    Attributes:
        active: Those that are read.
        building: Those that a recount makes, if one is under way.
        begun_at: When that began, ISO 8601 UTC.
        position: How far it has come, as it says itself.
        revision: Counts the changes of this.
    """

    active: int = 1
    building: int | None = None
    begun_at: str | None = None
    position: str | None = None
    revision: int = 0

    @property
    def newest(self) -> int:
        return self.building or self.active

    @property
    def all(self) -> tuple[int, ...]:
        return (self.active,) if self.building is None else (self.active, self.building)


@dataclass(frozen=True, slots=True)
class Marker:
    """Which state of an execution is counted, and up to which generation."""

    tally: Tally
    generation: int


@dataclass(frozen=True, slots=True)
class Change:
    """A further state of an execution that is to be counted.

    Attributes:
        execution: As it is in that state.
        before: What is counted of it; None: nothing yet.
        numbers: What it changes, by generation.
    """

    execution: Execution
    before: Marker | None
    after: Marker
    numbers: Mapping[int, Counter[Number]] = field(default_factory=dict)

    @property
    def counters(self) -> frozenset[tuple[int, CounterKey]]:
        """The counters that it changes."""
        return frozenset((generation, key) for generation, found in self.numbers.items() for key, _ in found)

    @property
    def own_actions(self) -> int:
        """Writes of it alone: its marker, and its labels' items."""
        return 1 + len(self.execution.labels)

    @property
    def is_as_accepted(self) -> bool:
        """Whether its items are still those that were written when it was accepted."""
        return self.before is None and self.execution.status == "pending" and self.execution.attempt == 1


@dataclass(frozen=True, slots=True)
class CounterStore:
    """
    Attributes:
        executions: Where the markers are, each beside its execution.
    """

    table: Table
    executions: Table

    def generation(self, *, consistent: bool = True) -> Generation:
        item = self.table.get(_STATE_KEY, consistent=consistent)
        if item is None:
            return Generation()
        return Generation(
            item["active"], item.get("building"), item.get("begun_at"), item.get("position"), item["revision"]
        )

    def change_generation(self, old: Generation, new: Generation) -> None:
        """Begin, advance or end a recount.

        Raises:
            ConditionFailed: Another one has done so.
        """
        values = {**asdict(new), "revision": old.revision + 1}
        self.table.put(
            {**_STATE_KEY, **{name: value for name, value in values.items() if value is not None}},
            "attribute_not_exists(#revision) OR #revision = :old",
            old=old.revision,
        )

    def markers(self, execution_ids: Sequence[str]) -> dict[str, Marker]:
        """What is counted of executions, by id; read consistently."""
        keys = [_marker_key(execution_id) for execution_id in execution_ids]
        items = self.executions.batch_get(keys, consistent=True)
        return {
            item["execution_id"]: Marker(
                Tally(item["version"], item.get("status"), item.get("completed_at")), item["generation"]
            )
            for item in items
        }

    def commit(self, changes: Sequence[Change]) -> None:
        """Count all of these or none; together no more than `MAX_ACTIONS` writes.

        Raises:
            ConditionFailed: Something else is counted of one of them than was before.
        """
        shard = random.randrange(SHARDS)  # noqa: S311 (spreading needs no secrecy)
        sums: defaultdict[tuple[int, CounterKey], Counter[str]] = defaultdict(Counter)
        for change in changes:
            for generation, numbers in change.numbers.items():
                for (key, name), number in numbers.items():
                    sums[generation, key][name] += number
        updates = [
            self._addition(generation, key, shard, numbers)
            for (generation, key), numbers in sums.items()
            if any(numbers.values()) and not _is_over(key[1])
        ]
        labels = [item for change in changes for item in self._label_items(change)]
        transact(
            puts=[self._marker(change) for change in changes] + labels,
            updates=updates,
            deletes=[key for change in changes for key in self._label_keys(change)],
        )

    def total(self, name: str, statuses: Sequence[Status]) -> int:
        """How many executions of a list are in some statuses."""
        active = self.generation(consistent=False).active
        keys = [_key(active, (name, TOTAL), shard) for shard in range(SHARDS)]
        items = self.table.batch_get(keys)
        return sum(int(item.get(status, 0)) for item in items for status in statuses)

    def statistics(self, name: str, first: str, last: str) -> dict[str, Counter[str]]:
        """The numbers of a list by period, from the first to the last of these."""
        active = self.generation(consistent=False).active
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for shard in range(SHARDS):
            for item in self.table.iterate(
                "#counter = :counter AND #period BETWEEN :first AND :last",
                counter=_counter(active, name, shard),
                first=first,
                last=last,
            ):
                if not _is_over(item["period"]):
                    own = ("counter", "period", "expires_at")
                    found[item["period"]].update({k: v for k, v in item.items() if k not in own})
        return dict(found)

    def _marker(self, change: Change) -> dict[str, Any]:
        tally = change.after.tally
        item: dict[str, Any] = {
            **_marker_key(change.execution.execution_id),
            "version": tally.version,
            "generation": change.after.generation,
        }
        if tally.status is None:
            item["expires_at"] = _later(now(), _MARKER_DAYS)
        else:
            item["status"] = tally.status
        if tally.completed_at is not None:
            item["completed_at"] = tally.completed_at
        if change.before is None:
            return self.executions.put_arguments(item, "attribute_not_exists(#record)")
        return self.executions.put_arguments(
            item,
            "#version = :version AND #generation = :generation",
            version=change.before.tally.version,
            generation=change.before.generation,
        )

    def _label_items(self, change: Change) -> list[dict[str, Any]]:
        if change.after.tally.status is None or change.is_as_accepted:
            return []
        return [self.executions.put_arguments(item) for item in change.execution.label_items()]

    def _label_keys(self, change: Change) -> list[dict[str, Any]]:
        if change.after.tally.status is not None:
            return []
        execution_id = change.execution.execution_id
        return [
            self.executions.delete_arguments({"execution_id": execution_id, "record": label_record(label)})
            for label in change.execution.labels
        ]

    def _addition(
        self, generation: int, key: CounterKey, shard: int, numbers: Counter[str]
    ) -> dict[str, Any]:
        added: dict[str, Any] = {name: number for name, number in numbers.items() if number}
        expression = "ADD " + ", ".join(f"#{name} :{name}" for name in added)
        if key[1] == TOTAL:
            return self.table.update_arguments(_key(generation, key, shard), expression, **added)
        return self.table.update_arguments(
            _key(generation, key, shard),
            f"SET #expires_at = :expires_at {expression}",
            expires_at=_expires_at(key[1]),
            **added,
        )


def _marker_key(execution_id: str) -> Key:
    return {"execution_id": execution_id, "record": MARKER_RECORD}


def _key(generation: int, key: CounterKey, shard: int) -> Key:
    name, period = key
    return {"counter": _counter(generation, name, shard), "period": period}


def _counter(generation: int, name: str, shard: int) -> str:
    return f"{generation}#{shard}#{name}"


def _is_over(period: str) -> bool:
    """Whether its numbers are not kept any more."""
    return period != TOTAL and _expires_at(period) <= time.time()


def _expires_at(period: str) -> int:
    kind, _, start = period.partition("#")
    return _later(f"{start[:10]}T00:00:00Z", HOUR_DAYS if kind == "hour" else DAY_DAYS)


def _later(at: str, days: int) -> int:
    return int((parse_time(at) + timedelta(days=days)).timestamp())
