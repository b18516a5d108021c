"""Writes a log, and reports what its lines cost."""

from __future__ import annotations

import os
import time
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from benchmarks.logs.lines import log_lines
from benchmarks.logs.memory import Memory
from benchmarks.logs.tally import Tally, tallied
from benchmarks.logs.writers import NO_LIMITS, Clock, Plan, write_log
from benchmarks.rows import Rows
from workflows.adapters.stores import execution_store, log_store
from workflows.domain.execution import Execution
from workflows.domain.ids import new_id
from workflows.domain.payload import Payload
from workflows.runtime.node_log import NodeLog

MAX_UNITS_PER_LINE = 0.02

_RATES = (10, 100, 1_000, 50_000)
"""Lines a second of a node. The last one is about as fast as a node can write."""
_RATE_LINES = 5_000
_TIMED_LINES = 50_000
_REPEATS = 3
_AGO_SECONDS = 7_200


@dataclass(frozen=True, slots=True)
class Stored:
    """A log that has been written.

    Attributes:
        ended: The execution as it will be.
        tally: Of all writes.
    """

    execution: Execution
    ended: Execution
    lines: int
    tally: Tally


def write(plan: Plan) -> Stored:
    """Let a plan's nodes write the log of a new execution, two hours ago."""
    clock = Clock(time.time() - _AGO_SECONDS)
    nothing = Payload("inputs", "inline", 2, "{}")
    execution = Execution(
        execution_id=new_id(),
        workflow_id=new_id(),
        version=1,
        owner_id="owner",
        visibility="private",
        status="running",
        inputs=nothing,
        variables=nothing,
        started_at=clock.now(),
        state_machine_arn="none",
    )
    execution_store().table.put(execution.to_item())
    with tallied() as tally:
        write_log(log_store(), execution.execution_id, plan, clock)
    ended = replace(execution, status="completed", completed_at=clock.now())
    return Stored(execution, ended, plan.nodes * plan.lines_per_node, tally)


def report_units(rows: Rows, stored: Stored) -> None:
    """What a line of the log took."""
    tally, lines = stored.tally, stored.lines
    units = tally.units / lines
    rows.at_most("write units a line", units, MAX_UNITS_PER_LINE, "{:.4f}")
    for name, kind in (("heads", tally.heads), ("blocks", tally.bodies), ("counts", tally.others)):
        average = kind.size / max(kind.items, 1)
        rows.add(f"  of which {kind.items:,} {name} of {average:,.0f} bytes", f"{kind.units / lines:.4f}")
    rows.add("  lines a chunk", f"{lines / tally.heads.items:,.0f}")


def report_rates(rows: Rows, plan: Plan) -> None:
    """What a line takes where nodes write slower or faster: one of each program, into nothing."""
    for rate in _RATES:
        few = replace(plan, nodes=4, at_once=4, lines_per_node=_RATE_LINES, lines_per_second=rate)
        with Memory.nothing().answers(), tallied() as tally:
            write_log(log_store(), new_id(), few, Clock(time.time()))
        units = tally.units / (few.nodes * _RATE_LINES)
        rows.add(f"write units a line at {rate:,} lines a second a node", f"{units:.4f}")


def report_speed(rows: Rows, plan: Plan) -> None:
    """How long a node is kept by a line that it writes as fast as it can."""
    seconds = []
    for repeat in range(_REPEATS):
        lines = list(log_lines(repeat, _TIMED_LINES, Random(repeat), plan.debug_share))
        log = NodeLog(log_store(), NO_LIMITS, new_id(), "node")
        memory = Memory.nothing()
        with memory.answers(), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            began = time.perf_counter()
            for level, message, fields in lines:
                log.write(level, message, **fields)
            log.close()
            seconds.append(time.perf_counter() - began - memory.seconds)
    rows.add("writing a line, answered from memory", f"{min(seconds) / _TIMED_LINES * 1e6:.1f} us")
