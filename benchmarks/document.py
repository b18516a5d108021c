"""docs/benchmarks.md: a section per part, as it was measured last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.parts import PARTS
from benchmarks.rows import Row

PATH = Path("docs/benchmarks.md")
_HEAD = """# Benchmarks

`make bench` measures all of this, `make bench PART=logs` a part of it; with `RECORD=1`, it is written here.
Each figure is a count, or a ratio to a baseline that the same run measured on the same machine, so that it
says something of other machines, too. Where a target is missed, it says by how much, and why. What single
operations cost, call by call, stands in [Costs](costs.md). Times and speeds beside them are for information.
"""
_INDENT = "&emsp;"
_TABLE = ["| figure | value | target | met |", "| --- | ---: | ---: | --- |"]


def record(path: Path, measured: Mapping[str, tuple[str, Sequence[Row]]]) -> None:
    """Write the sections of the parts that were measured, and keep the others.

    Args:
        path: Of the document.
        measured: Of each part what it is about, with where and when it was measured, and its rows.
    """
    sections = _sections(path) | {PARTS[part]: _section(*found) for part, found in measured.items()}
    parts = [f"## {title}\n\n{sections[title]}" for title in PARTS.values() if title in sections]
    path.write_text("\n".join([_HEAD, *parts]), encoding="utf-8")


def _sections(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    found = re.split(r"^## (.+)\n\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title: text.rstrip("\n") + "\n" for title, text in zip(found[1::2], found[2::2], strict=True)}


def _section(about: str, rows: Sequence[Row]) -> str:
    lines = [_cells(row.what, row.value, row.target, row.verdict) for row in rows]
    return "\n".join([about, "", *_TABLE, *lines, ""])


def _cells(what: str, *texts: str) -> str:
    # What belongs to the row above is indented in the terminal, and is here, too.
    indented = what.replace("  ", _INDENT, 1) if what.startswith("  ") else what
    return "| " + " | ".join(text.replace("|", "\\|") for text in (indented, *texts)) + " |"
