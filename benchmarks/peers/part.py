"""This project beside others on one machine, as a developer meets them there: overhead, lists, logs, memory.

Ours is the deployed template on the local stack: an emulator in Python of API Gateway, Lambda, Step
Functions and DynamoDB, which keeps its state in memory, searches it item by item, and has a process for each
function in flight. The others run natively, and write each step to SQLite or RocksDB on disk. So this tells
what one sees on one's own machine, and nothing of AWS.

They come from package registries, and run in environments of their own, where the system lets them without a
network: Prefect is a server, and a flow with tasks; DBOS a library with steps; AWS durable functions their
local runner, and a function with steps; Temporal its development server with a file, and a worker; Restate
its server, and a service; Dagster a job in one process.

Nodes do nothing, so time by nodes is overhead: the least of a few rounds, in which all take turns, after a
first one. We go by edges, they level by level. "x" is beside our `transform` nodes, of which a chain is one
task; `http` nodes, which ask a server on the machine, are a task each. The first time, 50 of our functions
start. The 10,000 executions are copies of one of a node, in each store's own format, save that Restate has
executed them. Memory is that of all processes, and what they share counts once.
"""

from __future__ import annotations

from benchmarks.peers.field import playing_field
from benchmarks.peers.figures import executions_listed, logs_read, memory_taken, overheads
from benchmarks.rows import Rows


def measure(rows: Rows) -> None:
    """Starts all that can be had, and lets them take turns."""
    with playing_field(rows) as field:
        overheads(field)
        memory_taken(field)
        executions_listed(field)
        logs_read(field)
