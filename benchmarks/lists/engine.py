"""A table of a million executions that are made up as they are read, and the units that reading them takes.

Every item follows from its number, so nothing has to be stored: an index is a range of numbers, in which
DynamoDB's own rules find a page. Answers hold items of `Execution.to_item`, as the indexes project them, and
counters that were written before; units are worked out from their bytes by the rules that AWS publishes.
Whatever is not a read by key or by an index, such as a Scan, fails.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.costs.units import Index, Item, item_bytes, read_units
from tests.faults.dynamodb import FakeDynamoDB
from tests.faults.tables import tables_of_template
from workflows.adapters.attribute_values import to_item
from workflows.domain.execution import Execution, Status
from workflows.domain.ids import first_id
from workflows.domain.payload import Payload
from workflows.domain.times import from_milliseconds

_EPOCH = 1_771_864_205_000
_EVERY_MILLISECONDS = 250
_NOTHING = Payload("nothing", "inline", 2, text="{}")
_MEGABYTE = 1024 * 1024

USERS, WORKFLOWS, RARE = 4, 4, 10


@dataclass(frozen=True)
class Executions:
    """So many executions, of which ten, spread evenly, are paused; of the others every third failed."""

    count: int

    @property
    def rare(self) -> frozenset[int]:
        return frozenset(self.count * number // RARE for number in range(RARE))

    def status(self, number: int) -> Status:
        if number in self.rare:
            return "paused"
        return "failed" if number % 3 == 0 else "completed"

    def execution(self, number: int) -> Execution:
        at = from_milliseconds(_EPOCH + number * _EVERY_MILLISECONDS)
        return Execution(
            execution_id=execution_id(number),
            workflow_id=workflow_id(number % WORKFLOWS),
            version=3,
            owner_id="owner",
            visibility="public",
            status=self.status(number),
            inputs=_NOTHING,
            variables=_NOTHING,
            started_at=at,
            state_machine_arn="arn",
            user_id=user_id(number // WORKFLOWS % USERS),
            labels=("nightly",),
            completed_at=at,
        )


def execution_id(number: int) -> str:
    """Ids of the real shape, in the order of numbers."""
    return f"{first_id(_EPOCH + number * _EVERY_MILLISECONDS)}-7{number % 4096:03x}-8000-{number:012x}"


def workflow_id(number: int) -> str:
    return execution_id(10_000_000 + number)


def user_id(number: int) -> str:
    return f"user-{number:04}@example.com"


@dataclass
class Engine:
    """The client of DynamoDB.

    Attributes:
        units: Read units so far.
        calls: Operations so far.
    """

    executions: Executions
    store: FakeDynamoDB = field(default_factory=lambda: FakeDynamoDB(tables_of_template()))
    units: float = 0
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, operation: str) -> Any:
        if operation not in ("get_item", "batch_get_item", "put_item", "transact_write_items"):
            raise AttributeError(f"lists never call {operation}")

        def call(**arguments: Any) -> Any:
            answer = getattr(self.store, operation)(**arguments)
            if operation == "get_item":
                self._count(operation, [answer.get("Item", {})], arguments.get("ConsistentRead", False))
            if operation == "batch_get_item":
                ((name, wanted),) = arguments["RequestItems"].items()
                found = answer["Responses"][name]
                found += [{}] * (len(wanted["Keys"]) - len(found))
                self._count(operation, found, wanted.get("ConsistentRead", False))
                answer["Responses"][name] = [item for item in found if item]
            return answer

        return call

    def query(self, **arguments: Any) -> Any:
        """A page of an index, of a megabyte at most; or of counters."""
        if arguments["TableName"] == "CountersTable":
            answer: dict[str, Any] = self.store.query(**arguments)
            self._count_query(sum(item_bytes(item) for item in answer["Items"]))
            return answer
        index = _indexes()[arguments["IndexName"]]
        values = {name: value["S"] for name, value in arguments["ExpressionAttributeValues"].items()}
        numbers = self._numbers(index, values)
        first = bisect_left(numbers, values[":first"], key=lambda n: self._key(index, n))
        last = bisect_right(numbers, values[":last"], key=lambda n: self._key(index, n))
        found = numbers[first:last]
        if not arguments.get("ScanIndexForward", True):
            found = found[::-1]
        if start := arguments.get("ExclusiveStartKey"):
            passed = int(start["execution_id"]["S"][-12:], 16)
            found = found[list(found).index(passed) + 1 :]
        items: list[Item] = []
        size = 0
        for number in found:
            if len(items) == arguments.get("Limit") or size > _MEGABYTE:
                break
            item = index.view(to_item(self.executions.execution(number).to_item()))
            assert item is not None
            items.append(item)
            size += item_bytes(item)
        self._count_query(size)
        answer = {"Count": len(items), "Items": items}
        if len(items) < len(found):
            answer["LastEvaluatedKey"] = {
                name: items[-1][name] for name in (*index.keys, "execution_id", "record")
            }
        return answer

    def _numbers(self, index: Index, values: dict[str, str]) -> Sequence[int]:
        """The numbers of the executions in a partition of an index, and of one status, in order."""
        partition = _partitions(self.executions.count, index.keys[0], values[":partition"])
        if not index.name.endswith("_status"):
            return partition
        status = values[":first"].split("#")[0]
        if status == "paused":
            return [number for number in sorted(self.executions.rare) if number in partition]
        return [number for number in partition if self.executions.status(number) == status]

    def _key(self, index: Index, number: int) -> str:
        id_ = execution_id(number)
        return f"{self.executions.status(number)}#{id_}" if index.name.endswith("_status") else id_

    def _count_query(self, size: int) -> None:
        self.calls.append("query")
        self.units += read_units(size, consistent=False)

    def _count(self, operation: str, items: Sequence[Item], consistent: bool) -> None:
        self.calls.append(operation)
        self.units += sum(read_units(item_bytes(item), consistent=consistent) for item in items)


def _partitions(count: int, attribute: str, value: str) -> range:
    """The numbers of the executions whose scope holds a value; each scope is an arithmetic progression."""
    sample = Executions(count)
    first = next(number for number in _sample(count) if _scope(sample, attribute, number) == value)
    rest = (number for number in range(first + 1, min(count, first + 20_000)))
    second = next((number for number in rest if _scope(sample, attribute, number) == value), None)
    steps = {"workflow_scope": WORKFLOWS, "public_scope": WORKFLOWS, "user_workflow_scope": WORKFLOWS * USERS}
    if attribute == "all_scope":
        return range(first, count, 4)
    assert attribute in steps, f"no list of this benchmark is by {attribute}"
    assert second in (None, first + steps[attribute])
    return range(first, count, steps[attribute])


def _sample(count: int) -> Iterator[int]:
    return iter(range(min(count, WORKFLOWS * USERS)))


def _scope(executions: Executions, attribute: str, number: int) -> Any:
    return executions.execution(number).to_item()[attribute]


@cache
def _indexes() -> dict[str, Index]:
    table = tables_of_template()["ExecutionsTable"]
    return {
        name: Index(name, (index.hash_name, index.range_name), index.projected)
        for name, index in table.indexes.items()
    }
