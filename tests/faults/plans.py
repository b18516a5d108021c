"""Which calls go wrong, and how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random


class Fault(Enum):
    """What may happen to a call, as it looks when botocore's own retries are over."""

    REFUSED = "refused before it acted: throttled, or a 500"
    UNREACHED = "no connection, so it did not act"
    CONFLICT = "refused before it acted, as a transaction was at the item"
    PARTIAL = "a part of the batch was left undone"
    LOST = "it acted, and its answer did not arrive in time"
    DOUBLED = "it acted, its answer was lost, and botocore's retry got another one"
    SLOW = "it acted and answered late"
    KILLED_BEFORE = "the function died just before"
    KILLED_AFTER = "it acted, and the function died before it had the answer"


READS = frozenset({"get_item", "batch_get_item", "query", "get_object", "describe_execution"})
BATCHES = frozenset({"batch_get_item", "batch_write_item"})
CONDITIONAL = frozenset({"put_item", "update_item", "delete_item", "transact_write_items"})
_KILLS = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a function makes.

    Attributes:
        number: Counts the calls of a world from 1.
        site: Gives the lines of product code from which it is made, outermost first.
    """

    number: int
    service: str
    operation: str
    function: str
    site: Callable[[], tuple[str, ...]]

    def possible(self) -> list[Fault]:
        """The faults that make a difference to it."""
        if self.service == "lambda":
            return [Fault.REFUSED, Fault.LOST]
        faults = [Fault.REFUSED, Fault.UNREACHED, Fault.SLOW, *_KILLS]
        if self.operation not in READS:
            faults += [Fault.LOST]
        if self.operation not in READS and self.operation not in BATCHES:
            faults += [Fault.DOUBLED]
        faults += [Fault.PARTIAL] if self.operation in BATCHES else []
        return faults + ([Fault.CONFLICT] if self.operation in CONDITIONAL else [])


Plan = Callable[[Call], Fault | None]
"""Decides about each call as it is made."""


def no_faults(_: Call) -> Fault | None:
    return None


@dataclass
class RandomFaults:
    """Each call goes wrong with a probability, kills apart: they are rarer, or nothing would ever be done.

    Attributes:
        rate: From 0 to 1.
        kills: How many kills come on one other fault.
        is_on: Switched off, nothing goes wrong any more.
    """

    rate: float
    random: Random
    kills: float = 0.04
    is_on: bool = True

    def __call__(self, call: Call) -> Fault | None:
        if not self.is_on:
            return None
        drawn, which = self.random.random(), self.random.random()
        possible = call.possible()
        if drawn < self.rate:
            others = [fault for fault in possible if fault not in _KILLS]
            return others[int(which * len(others))]
        if drawn < self.rate * (1 + self.kills) and call.service != "lambda":
            return _KILLS[int(which * 2)]
        return None


@dataclass
class OneFault:
    """Exactly one call goes wrong."""

    number: int
    fault: Fault

    def __call__(self, call: Call) -> Fault | None:
        return self.fault if call.number == self.number else None


class Listing:
    """Nothing goes wrong; every call is noted with its call site."""

    def __init__(self) -> None:
        self.calls: list[tuple[Call, tuple[str, ...]]] = []

    def __call__(self, call: Call) -> Fault | None:
        self.calls.append((call, call.site()))
        return None

    def first_and_last(self) -> Sequence[Call]:
        """Of each call site, the first and the last call, in order."""
        first: dict[object, Call] = {}
        last: dict[object, Call] = {}
        for call, site in self.calls:
            key = call.service, call.operation, call.function, site
            first.setdefault(key, call)
            last[key] = call
        chosen = {call.number: call for call in (*first.values(), *last.values())}
        return [chosen[number] for number in sorted(chosen)]
