"""The list prices that dollars are worked out by. `prices.json` says of when they are, and from where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_PATH = Path(__file__).with_name("prices.json")


@dataclass(frozen=True, slots=True)
class Price:
    """As AWS publishes it.

    Attributes:
        of: What we call it.
        per: How many of them cost so many dollars.
        unit: What AWS calls it.
        source: The address of the page.
    """

    of: str
    dollars: float
    per: int
    unit: str
    source: str


def date() -> str:
    """The day on which they were looked up."""
    return str(_read()["date"])


@cache
def prices() -> dict[str, Price]:
    """By name."""
    return {row["of"]: Price(**row) for row in _read()["prices"]}


def dollars(of: str, amount: float) -> float:
    """What an amount costs."""
    price = prices()[of]
    return amount * price.dollars / price.per


def dollars_per_million(of: str, amount: float = 1) -> float:
    """What an amount costs a million times over."""
    return 1_000_000 * dollars(of, amount)


@cache
def _read() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_PATH.read_text(encoding="utf-8"))
    return read
