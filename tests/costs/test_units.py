"""The units that we work out are those that another implementation of DynamoDB reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.costs.stack import Stack, stack
from tests.costs.units import Index, Item, item_bytes, read_units, write_units
from tests.dynamodb_engine import dynamodb_engine
from workflows.adapters.clients import client

WRITES = {"PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems", "DeleteItem"}

Units = tuple[str, float, dict[str, float]]
"""Of a call: its operation, and its write units in the table and by index."""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack with its tables in another engine; the rest of AWS stays moto's."""
    client.cache_clear()
    with (
        dynamodb_engine(tmp_path_factory.mktemp("dynamodb")) as url,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        with stack() as made:
            yield made
    client.cache_clear()


@pytest.fixture
def reported(elsewhere: Stack) -> Iterator[list[Units]]:
    """What the engine says that each write took."""
    units: list[Units] = []

    def ask(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name in WRITES:
            params["ReturnConsumedCapacity"] = "INDEXES"

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name in WRITES:
            consumed = parsed.get("ConsumedCapacity", [])
            (taken,) = consumed if isinstance(consumed, list) else [consumed]
            table = taken["Table"]["CapacityUnits"] if "Table" in taken else taken["WriteCapacityUnits"]
            indexes = taken.get("GlobalSecondaryIndexes", {})
            units.append((model.name, table, {name: i["CapacityUnits"] for name, i in indexes.items()}))

    events = [each.meta.events for each in (client("dynamodb"), client("dynamodb", once=True))]
    for each in events:
        each.register("provide-client-params.dynamodb", ask)
        each.register("after-call.dynamodb", note)
    yield units
    for each in events:
        each.unregister("provide-client-params.dynamodb", ask)
        each.unregister("after-call.dynamodb", note)


@pytest.mark.parametrize(
    "name",
    [
        "eight `http` nodes side by side between `start` and `end`, from execute to end",
        "execute, of a public workflow",
        "a node that fails, and its execution with it",
        "cancel",
    ],
)
def test_write_units_are_those_of_another_engine(elsewhere: Stack, reported: list[Units], name: str) -> None:
    measured = elsewhere.measure(name)

    ours = [
        (call.operation, call.write_units, dict(call.index_units))
        for call in measured.calls
        if call.service == "dynamodb" and call.operation in WRITES
    ]
    assert ours == reported[-len(ours) :]


# The sizes and units of the examples in AWS's pages that `units.py` names.
def test_sizes_are_those_of_names_and_values() -> None:
    item: Item = {
        "id": {"S": "ä1"},
        "n": {"N": "-120.50"},
        "b": {"B": b"123"},
        "l": {"L": [{"S": "a"}, {"NULL": True}]},
        "m": {"M": {"k": {"BOOL": True}}},
    }
    assert item_bytes(item) == (2 + 3) + (1 + 4) + (1 + 3) + (1 + 3 + 2 + 2) + (1 + 3 + 1 + 1 + 1)


@pytest.mark.parametrize(
    ("size_bytes", "consistent", "units"),
    [(0, True, 1), (0, False, 0.5), (4_096, True, 1), (4_097, True, 2), (10_000, False, 1.5)],
)
def test_reads_cost_by_4_kb_begun(size_bytes: int, consistent: bool, units: float) -> None:
    assert read_units(size_bytes, consistent=consistent) == units


def test_writes_cost_by_the_kb_begun_of_the_larger_image() -> None:
    small: Item = {"id": {"S": "x" * 1_000}}
    large: Item = {"id": {"S": "x" * 1_023}}
    assert (write_units(None, small), write_units(None, large), write_units(large, small)) == (1, 2, 2)


def test_indexes_cost_by_what_of_theirs_changes() -> None:
    index = Index("by_user", ("user", "at"), frozenset({"id", "user", "at", "status"}))
    first: Item = {"id": {"S": "1"}, "user": {"S": "u"}, "at": {"S": "1"}, "status": {"S": "pending"}}
    images: list[tuple[Item | None, Item | None, int]] = [
        (None, first, 1),
        (first, {**first, "other": {"S": "x"}}, 0),
        (first, {**first, "status": {"S": "running"}}, 1),
        (first, {**first, "at": {"S": "2"}}, 2),
        (first, {name: value for name, value in first.items() if name != "at"}, 1),
        (first, None, 1),
        ({"id": {"S": "1"}}, None, 0),
    ]
    for old, new, units in images:
        assert index.write_units(old, new) == units
