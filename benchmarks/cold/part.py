"""What a cold start takes: to import a function, to make its AWS clients and to answer its first call.

Each is a fresh process with the layers as built, bytecode in place, beside one that does
`import boto3; boto3.client("dynamodb")` and calls nothing. Measured is processor time, of which a function of
512 MB has little, without the start of the interpreter. A ratio is the median of five, each to the baseline
that was started just before. AWS is moto on loopback, in a process of its own and over plain HTTP: to set up
TLS is in neither. Endpoints answer their sample events, of which some are refused; nodes do what they are
there for. The tools alone are a function of Powertools' resolver, which validates, Logger, Metrics, two
models of pydantic and botocore's client.
"""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.cold.build import build_for_this_machine
from benchmarks.cold.functions import Function, stored
from benchmarks.cold.sizes import measure_sizes
from benchmarks.cold.start import Start, import_seconds, start, start_bare, start_tools
from benchmarks.rows import Rows

ROUNDS = 5
SHARING = 2
MOST = {"api": 1.25, "nodes": 1.10}
_NAMES = {"api": "API", "nodes": "node", "lifecycle": "life cycle", "authorizer": "authorizer"}

_OWNERS = {
    "workflows": "our own code",
    "app": "our own code",
    "botocore": "botocore",
    "urllib3": "botocore",
    "dateutil": "botocore",
    "jmespath": "botocore",
    "six": "botocore",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic",
    "annotated_types": "pydantic",
    "typing_inspection": "pydantic",
    "typing_extensions": "pydantic",
    "aws_lambda_powertools": "Powertools",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A function's starts, each with the baseline's just before."""

    starts: Sequence[Start]
    baselines: Sequence[Start]

    @property
    def ratio(self) -> float:
        pairs = zip(self.starts, self.baselines, strict=True)
        return median(start.seconds / baseline.seconds for start, baseline in pairs)

    @property
    def description(self) -> str:
        call = median(start.call_seconds / start.seconds for start in self.starts)
        return f"{self.ratio:.2f} x, {call:.0%} in the call, {self.starts[0].modules} modules"


def measure(rows: Rows) -> None:
    """Start all functions, and build the packages that Lambda gets."""
    layers = build_for_this_machine()
    # What functions log is of no interest here.
    with contextlib.redirect_stdout(io.StringIO()), stored() as functions:
        compared = _compare(functions, layers)
        worst = {
            kind: max(of_kind, key=lambda one: compared[one.code].ratio)
            for kind, of_kind in _by_kind(functions).items()
        }
        shares = {kind: _shares(worst[kind], layers) for kind in MOST}
        tools = _tools(layers)
    baselines = [baseline for each in compared.values() for baseline in each.baselines]
    seconds = median(baseline.seconds for baseline in baselines)
    rows.add("the baseline", f"{seconds * 1000:.0f} ms, {baselines[0].modules} modules")
    rows.add("the tools of an endpoint alone, without code of ours", tools.description)
    reasons = {
        "api": f"the tools alone take {tools.ratio:.2f} x; {_reason(shares['api'])}",
        "nodes": _reason(shares["nodes"]),
    }
    for kind, of_kind in _by_kind(functions).items():
        ratios = [compared[one.code].ratio for one in of_kind]
        name, what = _NAMES[kind], f"the slowest {_NAMES[kind]} function, {worst[kind].name}"
        if kind in MOST:
            rows.at_most(what, max(ratios), MOST[kind], "{:.2f} x", reasons[kind])
            rows.at_most(
                f"  the median of {len(ratios)}", median(ratios), MOST[kind], "{:.2f} x", "as the slowest one"
            )
        elif len(ratios) > 1:
            rows.add(what, f"{max(ratios):.2f} x")
            rows.add(f"  the median of {len(ratios)} {name} functions", f"{median(ratios):.2f} x")
    for one in functions:
        rows.add(f"  {one.code.removeprefix('functions/')}", compared[one.code].description)
    measure_sizes(rows)


def _compare(functions: Sequence[Function], layers: Path) -> dict[str, Compared]:
    """All functions, by code. Two share the baseline that is started in each round just before them."""
    starts: dict[str, list[Start]] = defaultdict(list)
    baselines: dict[str, list[Start]] = defaultdict(list)
    for _ in range(ROUNDS):
        for at in range(0, len(functions), SHARING):
            baseline = start_bare()
            for function in functions[at : at + SHARING]:
                baselines[function.code].append(baseline)
                starts[function.code].append(start(function, layers))
    return {code: Compared(found, baselines[code]) for code, found in starts.items()}


def _tools(layers: Path) -> Compared:
    pairs = [(start_bare(), start_tools(layers)) for _ in range(ROUNDS)]
    return Compared([tools for _, tools in pairs], [bare for bare, _ in pairs])


def _by_kind(functions: Sequence[Function]) -> dict[str, list[Function]]:
    kinds: dict[str, list[Function]] = {kind: [] for kind in _NAMES}
    for function in functions:
        kinds[function.kind].append(function)
    return kinds


def _shares(function: Function, layers: Path) -> dict[str, float]:
    """Which part of the time that imports take goes to whom, the largest first."""
    seconds: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, taken in import_seconds(function, layers).items():
            seconds[name] = min(taken, seconds.get(name, taken))
    by_owner: dict[str, float] = defaultdict(float)
    for name, taken in seconds.items():
        by_owner[_OWNERS.get(name.split(".")[0], "Python's own library")] += taken / sum(seconds.values())
    return dict(sorted(by_owner.items(), key=lambda one: -one[1]))


def _reason(shares: Mapping[str, float]) -> str:
    parts = ", ".join(f"{owner} ({share:.0%})" for owner, share in shares.items())
    return f"the time of its imports goes to {parts}"
