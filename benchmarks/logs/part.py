"""What logs cost to write and to read, and how fast and in how much memory they are exported.

200 nodes write a million lines through the real `NodeLog` and stores, 50 at the same time, into DynamoDB and
S3 as the local engine has them. Units are worked out by AWS's published rules from the items.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.logs.engine import log_engine
from benchmarks.logs.exports import Exports
from benchmarks.logs.reads import PAGE_LINES, Read, read_pages, text_of, without_chunks
from benchmarks.logs.writers import Plan
from benchmarks.logs.writes import Stored, report_rates, report_speed, report_units, write
from benchmarks.rows import Rows
from workflows.adapters.stores import archive_store, execution_store

MAX_SHARE_READ = 0.02
SHORTER_LINES = (1_000, 10_000, 100_000)


def measure(rows: Rows) -> None:
    """Writes, reads and exports the log of one execution."""
    with tempfile.TemporaryDirectory() as home, log_engine(Path(home)) as environment:
        _measure(rows, Plan(), Path(home), environment)


def _measure(rows: Rows, plan: Plan, home: Path, environment: Mapping[str, str]) -> None:
    for lines in SHORTER_LINES:
        _written(rows, _shorter(plan, lines))
    stored, reads = _written(rows, plan)
    execution_id, offset = stored.execution.execution_id, _far(stored.lines)
    report_units(rows, stored)
    report_rates(rows, plan)
    report_speed(rows, plan)
    for read in reads:
        _report_read(rows, read, "blocks", read.tally.bodies.size / stored.tally.bodies.size)
    exports = Exports(stored, environment, home)
    text = exports.text()
    _check(reads, text, offset)
    exports.report(rows, text)
    execution_store().table.put(stored.ended.to_item())
    exports.report_archive(rows, text)
    archive = archive_store().get(execution_id)
    assert archive is not None
    size = sum(block.length for block in archive.blocks)
    with without_chunks(execution_id):
        archived = read_pages(execution_id, offset)
    for read, live in zip(archived, reads, strict=True):
        assert text_of(read.page) == text_of(live.page), f"{read.name}: not as it was before"
        _report_read(rows, replace(read, has_target=False), "the archive", read.tally.objects.size / size)


def _shorter(plan: Plan, lines: int) -> Plan:
    """Fewer nodes, each as chatty."""
    per_node = min(lines, plan.lines_per_node)
    return replace(plan, nodes=lines // per_node, lines_per_node=per_node)


def _far(lines: int) -> int:
    return lines * 9 // 10


def _written(rows: Rows, plan: Plan) -> tuple[Stored, list[Read]]:
    """Writes and reads a log, and puts what grows with its length."""
    stored = write(plan)
    reads = read_pages(stored.execution.execution_id, _far(stored.lines))
    first, far = reads[:2]
    name = f"{stored.lines:,} lines"
    rows.add(f"{name}: write units a line", f"{stored.tally.units / stored.lines:.4f}")
    rows.add("  first page, page by cursor: read units", f"{first.tally.units:,.0f}, {far.tally.units:,.0f}")
    rows.add("  their time", f"{first.seconds * 1000:.0f}, {far.seconds * 1000:.0f} ms")
    return stored, reads


def _report_read(rows: Rows, read: Read, source: str, share: float) -> None:
    name = f"{read.name}: bytes of {source} that are read"
    if read.has_target:
        rows.at_most(name, share, MAX_SHARE_READ, "{:.2%}")
    else:
        rows.add(name, f"{share:.2%}")
    tally, lines = read.tally, len(read.page.entries)
    pieces = tally.bodies.items + tally.objects.items
    heads = f"{tally.heads.items:,} heads of {tally.heads.size / 1000:,.0f} kB"
    rows.add(
        f"  {lines:,} of {read.page.total:,} lines, {pieces} pieces, {heads}", f"{tally.units:,.0f} units"
    )


def _check(reads: Sequence[Read], text: bytes, offset: int) -> None:
    """Pages hold what a file holds there."""
    lines = text.decode().splitlines(keepends=True)
    first, by_cursor, by_offset, last, errors = (text_of(read.page) for read in reads)
    assert first == "".join(lines[:PAGE_LINES])
    assert by_cursor == by_offset == "".join(lines[offset : offset + PAGE_LINES])
    assert last == "".join(reversed(lines[-PAGE_LINES:]))
    assert errors == "".join(line for line in lines if "Z] ERROR [" in line)
