"""The parts of the benchmarks, in the order in which they run.

A part is a package with a module `part`, whose docstring says what is measured and how, and whose
`measure(rows)` measures it.
"""

from __future__ import annotations

from importlib import import_module
from multiprocessing.connection import Connection

from benchmarks.rows import Rows

PARTS = {
    "cold": "Cold starts, and the sizes of packages",
    "warm": "What warm functions take",
    "engine_tax": "Beside state machines written by hand",
    "cost": "What executions cost",
    "throughput": "Many executions at once",
    "nodes": "Growth with the nodes of a workflow",
    "lists": "Growth with the number of executions",
    "logs": "Logs, and growth with their lines",
    "schedule": "How graphs are scheduled",
    "peers": "Beside others, on one machine",
}
"""The title of each part, by its package."""


def run(part: str, pipe: Connection) -> None:
    """Measures a part, and sends each row as it comes."""
    import_module(f"benchmarks.{part}.part").measure(Rows(pipe.send))


def about(part: str) -> str:
    """Returns what a part measures, and how."""
    return (import_module(f"benchmarks.{part}.part").__doc__ or "").strip()
