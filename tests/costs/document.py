"""`docs/costs.md`: its figures are those that are measured, its words stay as they were written."""

from __future__ import annotations

import re
from collections import Counter
from difflib import unified_diff

from tests.costs.calls import Call
from tests.costs.measured import Measured
from tests.costs.prices import date, prices
from tests.functions import ROOT

PATH = ROOT / "docs" / "costs.md"
_BARS = 10
_HEADS = ("| operation |", "| ---")
_PRICES_HEAD = "| price of | dollars | for | of AWS's |\n| --- | ---: | ---: | --- |"
_DATE = re.compile(r"as of \d{4}-\d{2}-\d{2}")

UNSAID = "?"
"""Stands where a reason is still to be written."""


def names(text: str) -> list[str]:
    """The operations that have a row."""
    rows = [line for line in text.splitlines() if line.count("|") == _BARS]
    return [row.split(" | ")[0].removeprefix("| ") for row in rows if not row.startswith(_HEADS)]


def with_figures(text: str, name: str, measured: Measured) -> str:
    """The document with an operation's figures: its row, and its calls under the heading of its name."""
    lines = text.splitlines()
    changed: list[str] = []
    heading = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        heading = line if line.startswith("#") else heading
        if line.startswith(f"| {name} | "):
            changed.append(_row(name, measured))
        elif heading == f"### {_capitalised(name)}" and line.startswith("| --- |"):
            changed.append(line)
            table = []
            while number + 1 < len(lines) and lines[number + 1].startswith("|"):
                number += 1
                table.append(lines[number])
            changed += _call_rows(table, measured)
        else:
            changed.append(line)
        number += 1
    return "\n".join(changed) + "\n"


def with_prices(text: str) -> str:
    """The document with the prices that its dollars are worked out by."""
    before, table, after = text.partition(_PRICES_HEAD)
    rest = after.splitlines()[1:]
    while rest and rest[0].startswith("|"):
        rest.pop(0)
    rows = [
        f"| {price.of} | {price.dollars:.10f}".rstrip("0").rstrip(".")
        + f" | {price.per:,} | [{price.unit}]({price.source}) |"
        for price in prices().values()
    ]
    lines = [*before.splitlines(), table.rstrip("\n"), *rows, *rest]
    return "\n".join(_DATE.sub(f"as of {date()}", line) for line in lines) + "\n"


def difference(text: str, other: str) -> list[str]:
    """The lines that differ."""
    lines = unified_diff(text.splitlines(), other.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


def _capitalised(name: str) -> str:
    return name[0].upper() + name[1:]


def _row(name: str, measured: Measured) -> str:
    others = ", ".join(
        call if count == 1 else f"{count} {call}" for call, count in sorted(measured.other_calls.items())
    )
    cells = [
        name,
        str(measured.dynamodb_calls),
        f"{measured.read_units:g}",
        str(measured.write_units),
        str(measured.index_units),
        others,
        str(measured.functions),
        str(measured.transitions),
        f"{measured.dollars_per_million:.2f}",
    ]
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _call_rows(table: list[str], measured: Measured) -> list[str]:
    """A row for each call, with the reason that the call of that name, and among these that place, had."""
    reasons: dict[tuple[str, int], str] = {}
    seen: Counter[str] = Counter()
    for row in table:
        label, _, reason = row.strip("| ").split(" | ", 2)
        reasons[label, seen[label]] = reason
        seen[label] += 1
    seen.clear()
    rows = []
    for call in measured.calls:
        reason = reasons.get((call.label, seen[call.label]), UNSAID)
        rows.append(f"| {call.label} | {_units(call)} | {reason} |")
        seen[call.label] += 1
    return rows


def _units(call: Call) -> str:
    if call.service != "dynamodb":
        return "none"
    if not call.write_units:
        return f"{call.read_units:g} read"
    written = f"{call.write_units} write"
    indexes = sum(call.index_units.values())
    return f"{written} + {indexes} in {len(call.index_units)} indexes" if indexes else written
