"""Nodes that log at the same time, in virtual time: the second that a flush waits for costs nothing."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from unittest.mock import patch

from benchmarks.logs.lines import LogLine, log_lines
from workflows.adapters.logs import LogStore
from workflows.domain.log_entry import LogLimits
from workflows.domain.times import format_time
from workflows.runtime.node_log import NodeLog

NO_LIMITS = LogLimits(line_bytes=16_384, execution_bytes=1 << 60)

_START_SECONDS = 0.2
"""Within which nodes that may start together do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which nodes write what.

    Attributes:
        at_once: How many nodes write at the same time; when one ends, the next starts.
        lines_per_second: Of a node, on average; at random moments.
        debug_share: How many lines are DEBUG.
    """

    nodes: int = 200
    lines_per_node: int = 5_000
    at_once: int = 50
    lines_per_second: float = 1_000
    debug_share: float = 0.2
    seed: int = 0


@dataclass
class Clock:
    """Virtual time.

    Attributes:
        seconds: Unix time.
    """

    seconds: float

    def now(self) -> str:
        return format_time(datetime.fromtimestamp(self.seconds, UTC))

    @contextmanager
    def governs(self, random: Random) -> Iterator[None]:
        """Nodes and chunks go by this clock; ids are drawn from `random`."""
        times = SimpleNamespace(
            monotonic=lambda: self.seconds, time_ns=lambda: int(self.seconds * 1_000_000_000)
        )
        with ExitStack() as stack:
            stack.enter_context(patch("workflows.runtime.node_log.time", times))
            stack.enter_context(patch("workflows.runtime.node_log.now", self.now))
            stack.enter_context(patch("workflows.adapters.logs.now", self.now))
            stack.enter_context(patch("workflows.domain.ids.time", times))
            stack.enter_context(patch("workflows.domain.ids.os", SimpleNamespace(urandom=random.randbytes)))
            yield


@dataclass(frozen=True, slots=True)
class _Writer:
    log: NodeLog
    lines: Iterator[LogLine]


def write_log(store: LogStore, execution_id: str, plan: Plan, clock: Clock) -> None:
    """Let all nodes of a plan write, from the clock's time on; it is put forward to their end."""
    random = Random(plan.seed)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), clock.governs(random):
        writers: dict[int, _Writer] = {}
        waiting = iter(range(plan.nodes))
        moments = [
            (clock.seconds + random.uniform(0, _START_SECONDS), node)
            for _, node in zip(range(plan.at_once), waiting, strict=False)
        ]
        heapq.heapify(moments)
        while moments:
            clock.seconds, node = heapq.heappop(moments)
            if node not in writers:
                writers[node] = _writer(store, execution_id, plan, node, clock)
            writer = writers[node]
            line = next(writer.lines, None)
            if line is None:
                writer.log.close()
                following = next(waiting, None)
                if following is not None:
                    heapq.heappush(moments, (clock.seconds + random.uniform(0, _START_SECONDS), following))
                continue
            level, message, fields = line
            writer.log.write(level, message, **fields)
            heapq.heappush(moments, (clock.seconds + random.expovariate(plan.lines_per_second), node))


def _writer(store: LogStore, execution_id: str, plan: Plan, node: int, clock: Clock) -> _Writer:
    log = NodeLog(store, NO_LIMITS, execution_id, f"node-{node:03}", _flushed_at=clock.seconds)
    lines = log_lines(node, plan.lines_per_node, Random(f"{plan.seed} {node}"), plan.debug_share)
    return _Writer(log, lines)
