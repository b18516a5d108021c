"""The same graph on the same local stack: written by hand with bare functions, and as a workflow.

Each node takes 20 ms: ours asks a server on loopback, which answers after that time; time-outs are the
default ones, so nodes in a chain share a function. By hand, it is a function per node, which sleeps, level by
level. Times are those of the state machines, from start to end: medians of 5 executions by warm functions,
of each kind in turn. How an execution is accepted is no part of them ("Many executions at once" is about
that). As nothing is kept of a node that is written by hand, there is a third kind: its functions make the
four calls of DynamoDB that keep a node's state and log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.engine_tax import node_by_hand
from benchmarks.engine_tax.handwritten import definition
from benchmarks.engine_tax.runs import Machine, Run, Workflow, idle
from benchmarks.engine_tax.samples import samples
from benchmarks.own_stack import ByHand, own_stack
from benchmarks.rows import Rows
from benchmarks.schedule.graphs import TaskGraph
from benchmarks.schedule.measure import document_of
from local.api import Api
from local.demo_server import serving
from tests.e2e.users import User

REPEATS = 5
MAX_SECONDS_BESIDE_HAND = 1.3
_TABLE = "kept-by-hand"


class _Node(BaseHTTPRequestHandler):
    """Takes as long as a node."""

    def do_GET(self) -> None:
        time.sleep(node_by_hand.NODE_SECONDS)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def measure(rows: Rows) -> None:
    """Executes each graph in all three ways, and puts what that took."""
    with own_stack() as stack, serving(_Node) as url:
        by_hand = ByHand(stack.endpoint_url)
        owner = User(Api(stack.base_url).call, stack.tokens["owner"])
        function_arn = _function(by_hand)
        for number, (name, graph) in enumerate(samples().items()):
            document = {"name": name, **document_of(graph, {"url": url})}
            machines = [
                by_hand.machine(
                    f"graph-{number}-{keeps_records}",
                    definition(graph, function_arn, keeps_records=keeps_records),
                )
                for keeps_records in (False, True)
            ]
            bare, keeping = (Machine(by_hand, arn) for arn in machines)
            ours = Workflow(by_hand, owner, owner.save(document))
            _put(rows, name, graph, *_in_turn(bare.run, keeping.run, ours.run))


def _function(by_hand: ByHand) -> str:
    by_hand.client("dynamodb").create_table(
        TableName=_TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "execution_id", "KeyType": "HASH"},
            {"AttributeName": "record", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("execution_id", "record")
        ],
    )
    code = Path(node_by_hand.__file__).read_text()
    return by_hand.function("node-by-hand", code, {"TABLE": _TABLE})


def _in_turn(*kinds: Callable[[], Run]) -> list[Run]:
    """Of each kind its counts, and the median of its times."""
    taken: list[list[Run]] = [[] for _ in kinds]
    for _ in range(1 + REPEATS):
        for kind, runs in zip(kinds, taken, strict=True):
            runs.append(kind())
            idle()
    return [_typical(runs[1:]) for runs in taken]


def _typical(runs: Sequence[Run]) -> Run:
    counts = {(run.transitions, run.functions) for run in runs}
    if len(counts) != 1:
        raise AssertionError(f"the same machine took {counts} transitions and functions")
    return Run(*counts.pop(), median(run.seconds for run in runs))


def _put(rows: Rows, name: str, graph: TaskGraph, bare: Run, keeping: Run, ours: Run) -> None:
    last = len(graph["parents"]) - len({parent for parents in graph["parents"] for parent in parents})
    ends = f"it has {last} last nodes, so that a Task of its own ends the execution" if last > 1 else ""
    rows.at_most(f"{name}: transitions", ours.transitions, bare.transitions, "{:g}", ends)
    rows.at_most("  functions called", ours.functions, bare.functions, "{:g}", ends)
    calls = (
        "the local engine answers all calls of DynamoDB by one process: with those that keep state and log, "
        f"by hand it takes {keeping.seconds / bare.seconds:.2f} x; ours takes "
        f"{ours.seconds / keeping.seconds:.2f} x of that"
    )
    rows.at_most("  time / by hand", ours.seconds / bare.seconds, MAX_SECONDS_BESIDE_HAND, "{:.2f} x", calls)
    rows.add("  time / by hand with those calls", f"{ours.seconds / keeping.seconds:.2f} x")
    times = ", ".join(f"{1000 * run.seconds:.0f}" for run in (ours, keeping, bare))
    rows.add("  ms: ours, by hand with those calls, by hand", times)
