"""Runs the fault-injection suite at any size.

    .venv/bin/python -m tests.faults --executions 1000 --rate 0.2 --seed 1

Executions come in worlds of 25, each with a seed of its own: `--only 7 --trace` plays world 7 of the same
run again and shows what happened to each execution that a rule was broken for. `--calls` lets everything
go wrong at every single call of the small scenarios, one at a time, instead of at random.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

_ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(_ROOT / "layers" / "workflows")]

from tests.faults.scenario import Report, play_randomly  # noqa: E402
from tests.faults.sites import Site, call_sites, play_fault  # noqa: E402

WORLD_EXECUTIONS = 25


@dataclass(frozen=True, slots=True)
class Played:
    """What is told of a world.

    Attributes:
        broken: The rules that were broken, and how.
        traces: What happened to those executions.
        digest: Of all that happened: the same seed gives the same.
    """

    name: str
    counts: Counter[str]
    broken: tuple[str, ...]
    traces: tuple[str, ...]
    digest: str


def play_world(number: int, *, seed: str, executions: int, rate: float) -> Played:
    return _told(f"world {number}", play_randomly(f"{seed}/{number}", executions, rate))


def play_site(site: Site) -> Iterable[Played]:
    for fault in site.call.possible():
        yield _told(f"{site.scenario}, call {site.call.number}, {fault.name}", play_fault(site, fault))


def _told(name: str, report: Report) -> Played:
    monitor = report.monitor
    counts = Counter(f"ended {outcome.status}" for outcome in report.outcomes.values())
    counts += monitor.seen
    counts += Counter(f"violations of {violation.rule!r}" for violation in monitor.violations)
    counts += Counter(calls=report.calls, faults=report.faults, violations=len(monitor.violations))
    wrong = sorted({violation.execution_id for violation in monitor.violations})
    traces = tuple("\n".join((f"--- {each}", *monitor.traces[each])) for each in wrong)
    everything = "\n".join(f"{each} {line}" for each, lines in monitor.traces.items() for line in lines)
    digest = sha256(everything.encode()).hexdigest()
    return Played(name, counts, tuple(map(str, monitor.violations)), traces, digest)


def main() -> int:
    """Returns 1 if a rule was broken."""
    options = _options()
    began, total, digests = time.perf_counter(), Counter[str](), sha256()
    for played in _all(options):
        total += played.counts
        digests.update(played.digest.encode())
        for text in (*played.broken, *(played.traces if options.trace else ())):
            _show(f"{played.name}: {text}")
    for name, value in sorted(total.items()):
        _show(f"{name:36} {value}")
    _show(f"{'digest':36} {digests.hexdigest()[:16]}")
    _show(f"{'real seconds':36} {time.perf_counter() - began:.0f}")
    return 1 if total["violations"] else 0


def _show(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _all(options: argparse.Namespace) -> Iterator[Played]:
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.calls:
            for several in pool.map(_play_site, list(call_sites(every_call=True)), chunksize=8):
                yield from several
            return
        worlds = range(-(-options.executions // WORLD_EXECUTIONS))
        play = partial(play_world, seed=options.seed, executions=WORLD_EXECUTIONS, rate=options.rate)
        yield from pool.map(play, worlds if options.only is None else [options.only])


def _play_site(site: Site) -> list[Played]:
    return list(play_site(site))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--executions", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=0.2, help="how many of the calls go wrong, from 0 to 1")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="play one world, by its number")
    parser.add_argument("--trace", action="store_true", help="show what led to each broken rule")
    parser.add_argument("--calls", action="store_true", help="one fault at a time, at every call")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
