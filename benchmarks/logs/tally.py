"""Counts what the log's stores write and read: items, bytes, and units by AWS's published rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.costs.units import Item, item_bytes, read_units, write_units
from workflows.adapters.clients import client


@dataclass
class Kind:
    """What was written or read of one kind of item.

    Attributes:
        size: Bytes; of bodies those of their lines, as they are stored.
    """

    items: int = 0
    size: int = 0
    units: float = 0

    def add(self, size: int, units: float) -> None:
        self.items += 1
        self.size += size
        self.units += units


@dataclass
class Tally:
    """
    Attributes:
        heads: With the blocks that are inline in them.
        bodies: Blocks that are items of their own.
        others: The count of an execution's bytes, its record, and the archive's.
        objects: Pieces of archives.
        put: The items that were written, those of other kinds aside.
    """

    heads: Kind = field(default_factory=Kind)
    bodies: Kind = field(default_factory=Kind)
    others: Kind = field(default_factory=Kind)
    objects: Kind = field(default_factory=Kind)
    put: list[Item] = field(default_factory=list)

    @property
    def units(self) -> float:
        return self.heads.units + self.bodies.units + self.others.units

    def wrote(self, item: Item) -> None:
        """Note a chunk's item that is put; nothing was there before."""
        self._kind(item).add(_size(item), write_units(item))
        self.put.append(item)

    def note(self, operation: str, parsed: Any) -> None:
        """Note an answer."""
        match operation:
            case "UpdateItem":
                self.others.add(item_bytes(parsed["Attributes"]), write_units(parsed["Attributes"]))
            case "GetItem":
                item = parsed.get("Item", {})
                self.others.add(item_bytes(item), read_units(item_bytes(item), consistent=True))
            case "BatchGetItem":
                for items in parsed["Responses"].values():
                    for item in items:
                        self._kind(item).add(_size(item), read_units(item_bytes(item), consistent=True))
            case "Query":
                for item in parsed["Items"]:
                    self.heads.add(item_bytes(item), 0)
                self.heads.units += read_units(sum(map(item_bytes, parsed["Items"])), consistent=True)
            case "GetObject":
                self.objects.add(parsed["ContentLength"], 0)

    def _kind(self, item: Item) -> Kind:
        return self.bodies if "lines" in item else self.heads


@contextmanager
def tallied() -> Iterator[Tally]:
    """What the block writes and reads."""
    tally = Tally()

    def before(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "PutItem":
            tally.wrote(params["Item"])
        if model.name == "BatchWriteItem":
            for requests in params["RequestItems"].values():
                for request in requests:
                    tally.wrote(request["PutRequest"]["Item"])

    def after(parsed: Any, model: Any, **_: Any) -> None:
        tally.note(model.name, parsed)

    services = (client("dynamodb"), client("dynamodb", once=True), client("s3"))
    for service in services:
        service.meta.events.register("provide-client-params", before)
        service.meta.events.register("after-call", after)
    try:
        yield tally
    finally:
        for service in services:
            service.meta.events.unregister("provide-client-params", before)
            service.meta.events.unregister("after-call", after)


def _size(item: Item) -> int:
    return len(item["lines"]["B"]) if "lines" in item else item_bytes(item)
