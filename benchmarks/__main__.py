"""`python -m benchmarks [PART ...]` measures, and prints the figures as they come."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence

from benchmarks.document import PATH, record
from benchmarks.machine import description
from benchmarks.parts import PARTS, about, run
from benchmarks.rows import Row

_WHAT_WIDTH = 90
_WIDTHS = (18, 14)


def main(arguments: Sequence[str]) -> int:
    """Measures what the arguments name, and returns the exit status.

    That is 1 where a part broke, or a target was missed for a reason that is not known.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the project.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--record", action="store_true", help="write docs/benchmarks.md as well")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    machine = description()
    print(machine)
    measured = {part: _measure(part) for part in options.parts or PARTS}
    complete = {part: rows for part, (rows, is_complete) in measured.items() if is_complete}
    if options.record:
        sections = {part: f"{about(part)}\n\nMeasured on {machine}." for part in complete}
        record(PATH, {part: (text, complete[part]) for part, text in sections.items()})
    missed = [row for rows, _ in measured.values() for row in rows if row.distance]
    broken = [part for part in measured if part not in complete]
    print(f"\n{len(missed)} targets missed" + (f"; {', '.join(broken)} broke" if broken else ""))
    return 1 if broken or any(not row.reason for row in missed) else 0


def _measure(part: str) -> tuple[list[Row], bool]:
    """Returns the rows of a part, and whether these are all.

    Each has a process of its own: what one has loaded and kept does not weigh on the next.
    """
    print(f"\n{PARTS[part]}", flush=True)
    began = time.monotonic()
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=run, args=(part, theirs))
    process.start()
    theirs.close()
    rows = []
    while True:
        try:
            row = ours.recv()
        except EOFError:
            break
        rows.append(row)
        _print(row)
    process.join()
    print(f"  in {time.monotonic() - began:.0f} s", flush=True)
    return rows, process.exitcode == 0


def _print(row: Row) -> None:
    cells = [f"{cell:>{width}}" for cell, width in zip((row.value, row.target), _WIDTHS, strict=True)]
    print(" ".join([f"  {row.what:<{_WHAT_WIDTH}}", *cells, row.verdict]).rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
