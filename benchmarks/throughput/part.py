"""How many executions a local stack accepts in a second, and a thousand of them open at once.

16 clients ask at once, for 4 times 250 executions of a workflow of 3 nodes. In turn with them, they start as
many of a state machine with one function: by StartExecution itself, and through an API and a function that
are written by hand. Ours wait for an approval, so that all are open when the first is approved. At the end
they are listed and counted through the API, and the records of their nodes are read.
"""

from __future__ import annotations

import time
from collections import Counter
from statistics import median

from benchmarks.own_stack import ByHand, own_stack
from benchmarks.rows import Rows
from benchmarks.throughput.census import take
from benchmarks.throughput.people import CLIENTS, at_once
from benchmarks.throughput.starts import NODES, Executes, StartsByHand

ROUNDS, BATCH = 4, 250
EXECUTIONS = ROUNDS * BATCH


def measure(rows: Rows) -> None:
    """Starts batches of each kind in turn, then lets ours end, and looks for every one."""
    with own_stack() as stack:
        by_hand = StartsByHand(ByHand(stack.endpoint_url))
        ours = Executes(stack)
        _accept(rows, by_hand, ours)
        _end(rows, ours)
        found = take(ours.admin, stack.endpoint_url, ours.workflow_id, ours.accepted, NODES)
    for what, value in {
        "  lost: accepted, and not completed at the end": found.lost,
        "  listed more than once, or never accepted": found.surplus,
        "  difference of the list's total": found.miscounted,
        "  executions whose records of nodes say otherwise": found.contradicted,
        "  nodes that were begun more than once": found.repeated,
    }.items():
        rows.at_most(what, value, 0, "{:g}")
    refusals = ", ".join(f"{times} x {what}" for what, times in Counter(ours.refusals).items())
    rows.add("  calls that had to be made again, and what they were answered", refusals or "none")


def _accept(rows: Rows, by_hand: StartsByHand, ours: Executes) -> None:
    starts = {"StartExecution": by_hand.directly, "an API by hand": by_hand.through_api}
    taken: dict[str, list[float]] = {"ours": [], **{name: [] for name in starts}}
    for start in starts.values():
        at_once(start, range(CLIENTS))
    ours.execute(CLIENTS)
    for _ in range(ROUNDS):
        for name, start in starts.items():
            taken[name].append(at_once(start, range(BATCH))[1])
            by_hand.wait()
        taken["ours"].append(ours.execute(BATCH))
        are_open = ours.wait("running")
    seconds = {name: median(each) for name, each in taken.items()}
    for name in starts:
        rows.add(f"executions accepted a second / {name}", f"{seconds[name] / seconds['ours']:.2f} x")
    rates = ", ".join(f"{BATCH / each:.0f}" for each in seconds.values())
    rows.add(f"  accepted a second: {', '.join(seconds)}", rates)
    rows.at_least("executions open at once", are_open, EXECUTIONS, "{:g}")


def _end(rows: Rows, ours: Executes) -> None:
    approved = ours.approve()
    began = time.monotonic()
    ours.wait("completed")
    ended = time.monotonic() - began
    rows.add(
        "  seconds until all were approved, and then until all had ended", f"{approved:.0f}, {ended:.0f}"
    )
