"""Tables, and the folder that the documents made from code are in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def table(*head: str, rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a table; bars in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def document(lines: Iterable[str]) -> str:
    """The text of a document."""
    return "\n".join(lines) + "\n"
