from __future__ import annotations

from pathlib import Path

from benchmarks.document import record
from benchmarks.parts import PARTS, about
from benchmarks.rows import Row


def test_a_part_that_is_measured_again_replaces_its_own_section_alone(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    record(
        path,
        {
            "logs": ("Of logs.", [Row("a|b", "1", "<= 2"), Row("  of it", "0")]),
            "lists": ("Of lists.", [Row("c", "3")]),
        },
    )
    first = path.read_text()
    record(path, {"lists": ("Of lists.", [Row("c", "4", "<= 3", "33.3% over")])})
    second = path.read_text()
    assert second == first.replace("| c | 3 |  |  |", "| c | 4 | <= 3 | NO, 33.3% over |")
    assert second.index(PARTS["lists"]) < second.index(PARTS["logs"])
    assert "| a\\|b | 1 | <= 2 | yes |\n| &emsp;of it | 0 |  |  |" in second


def test_each_part_says_what_it_measures() -> None:
    for part in PARTS:
        assert about(part).count(".") >= 1, part
