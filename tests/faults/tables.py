"""The data of a DynamoDB table in memory, with indexes that follow it after a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from local.template import read_template
from tests.faults.expressions import Item, sortable

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One write to one item: before and after; None where there is none."""

    table: str
    key: Key
    old: Item | None
    new: Item | None


@dataclass
class Index:
    """A global secondary index; an item without its keys is not in it.

    Attributes:
        projected: The attributes that it shows beside keys; None: all.
        coming: Changes that it does not show yet, with the time from which it does.
    """

    hash_name: str
    range_name: str
    projected: frozenset[str] | None
    coming: deque[tuple[float, Key, Item | None]] = field(default_factory=deque)
    partitions: dict[str, dict[Key, Item]] = field(default_factory=dict)
    places: dict[Key, str] = field(default_factory=dict)

    def follow(self, visible_at: float, key: Key, item: Item | None) -> None:
        latest = self.coming[-1][0] if self.coming else 0.0
        self.coming.append((max(visible_at, latest), key, item))

    def partition(self, value: str, now: float) -> list[Item]:
        while self.coming and self.coming[0][0] <= now:
            _, key, item = self.coming.popleft()
            self._apply(key, item)
        return list(self.partitions.get(value, {}).values())

    def _apply(self, key: Key, item: Item | None) -> None:
        if key in self.places:
            del self.partitions[self.places.pop(key)][key]
        if item is not None and self.hash_name in item and self.range_name in item:
            place = item[self.hash_name]["S"]
            shown = item if self.projected is None else {n: v for n, v in item.items() if n in self.projected}
            self.partitions.setdefault(place, {})[key] = shown
            self.places[key] = place


@dataclass
class TableData:
    """A table whose keys are strings."""

    name: str
    hash_name: str
    range_name: str
    indexes: dict[str, Index]
    items: dict[str, dict[str, Item]] = field(default_factory=dict)

    def key_of(self, item: Item) -> Key:
        return item[self.hash_name]["S"], item[self.range_name]["S"] if self.range_name else ""

    def get(self, key: Key) -> Item | None:
        return self.items.get(key[0], {}).get(key[1])

    def set(self, key: Key, item: Item | None) -> Change:
        """Put (or, with None, delete) an item."""
        old = self.get(key)
        if item is not None:
            self.items.setdefault(key[0], {})[key[1]] = item
        elif old is not None:
            del self.items[key[0]][key[1]]
        return Change(self.name, key, old, item)

    def source(self, index: str | None) -> Callable[[str, float], list[Item]]:
        """What reads a partition of the table, or of an index."""
        if index is None:
            return lambda value, _: list(self.items.get(value, {}).values())
        return self.indexes[index].partition

    def names(self, index: str | None) -> tuple[str, str]:
        """The names of the hash and range key."""
        found = self.indexes[index] if index else self
        return found.hash_name, found.range_name

    def position(self, index: str | None, item: Item) -> tuple[Any, ...]:
        """Where an item stands in a partition."""
        range_name = self.names(index)[1]
        return (sortable(item[range_name]) if range_name else b"", *self.key_of(item))

    def all(self) -> Iterator[Item]:
        for partition in self.items.values():
            yield from partition.values()


def tables_of_template() -> dict[str, TableData]:
    """The tables that the template describes, by logical id."""
    tables = {}
    for logical_id, properties in _described().items():
        hash_name, range_name = _keys(properties["KeySchema"])
        indexes = {
            index["IndexName"]: _index(index, {hash_name, range_name})
            for index in properties.get("GlobalSecondaryIndexes", ())
        }
        tables[logical_id] = TableData(logical_id, hash_name, range_name, indexes)
    return tables


@cache
def _described() -> dict[str, Any]:
    resources = read_template()["Resources"].items()
    return {name: each["Properties"] for name, each in resources if each["Type"] == "AWS::DynamoDB::Table"}


def _index(described: dict[str, Any], table_keys: set[str]) -> Index:
    keys = _keys(described["KeySchema"])
    projection = described["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(*keys, None)
    return Index(*keys, frozenset({*table_keys, *keys, *projection.get("NonKeyAttributes", ())}))


def _keys(schema: list[dict[str, str]]) -> tuple[str, str]:
    by_type = {part["KeyType"]: part["AttributeName"] for part in schema}
    return by_type["HASH"], by_type.get("RANGE", "")
