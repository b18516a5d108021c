"""What is measured of all that take part."""

from __future__ import annotations

import time
from collections.abc import Mapping

from benchmarks.peers.field import Field
from benchmarks.peers.graphs import FAN_OUT, GRAPHS, ONE_NODE, levels
from benchmarks.peers.memory import megabytes, peak_megabytes
from benchmarks.peers.ours import HTTP, TRANSFORM, Ours
from benchmarks.peers.peer import Contender, PeerError
from benchmarks.rows import Rows

_ROUNDS = 3
_ROUNDS_SECONDS = 60
"""After which no other round begins."""
_EXECUTE_SECONDS = 150
_FILL_SECONDS = 120
_READ_SECONDS = 30
_READS = 5
_EXECUTIONS = 10_000
_PAGE = 50
_LOG_LINES = 1_000
_FAN_OUT = f"a fan-out of {FAN_OUT}"
_OURS_HTTP = f"{Ours.name}, {HTTP} nodes"


def overheads(field: Field) -> None:
    """Executes each graph, by all, again and again."""
    field.one_tries(field.ours, "workflows", _save)
    first: dict[str, dict[str, float]] = {graph: {} for graph in GRAPHS}
    best: dict[str, dict[str, float]] = {graph: {} for graph in GRAPHS}
    began = None
    for number in range(_ROUNDS + 1):
        if began is not None and time.monotonic() - began > _ROUNDS_SECONDS:
            break
        for graph in GRAPHS:
            taken = field.all_try(graph, lambda each: _execute(each, graph))  # noqa: B023
            if graph in _graphs(HTTP):
                answer = field.one_tries(field.ours, graph, lambda each: _execute(each, graph, HTTP))  # noqa: B023
                taken |= {_OURS_HTTP: answer[0]} if answer else {}
            _keep_least(best[graph] if number else first[graph], taken)
        began = began or time.monotonic()
    for graph in GRAPHS:
        _put_each_node(field.rows, graph, "a node", best[graph])
    _put_each_node(field.rows, _FAN_OUT, "a node the first time", first[_FAN_OUT])


def memory_taken(field: Field) -> None:
    """Looks at all processes after the rounds, and while the fan-out is executed."""
    idle = field.all_try("memory", lambda each: megabytes(each.pids()))
    peak = field.all_try(_FAN_OUT, lambda each: peak_megabytes(each.pids(), lambda: _execute(each, _FAN_OUT)))
    for what, found in (("memory, idle after that", idle), (f"memory, most in {_FAN_OUT}", peak)):
        _put(field.rows, what, {name: most for name, most in found.items() if most}, "{:,.0f} MB")


def executions_listed(field: Field) -> None:
    """Lists the newest when there are many."""
    what = f"list of {_PAGE} after {_EXECUTIONS:,} executions"
    field.all_work(f"{_EXECUTIONS:,} executions", _fill)
    best: dict[str, float] = {}
    queries: list[float] = []
    for _ in range(_READS):
        _keep_least(best, field.all_try(what, _page))
        queries += field.one_tries(field.ours, what, _query) or ()
    _put(field.rows, what, {name: seconds * 1000 for name, seconds in best.items()}, "{:,.0f} ms")
    if queries:
        taken = f"{min(queries) * 1000:,.0f} ms"
        field.rows.add("  of ours, what the emulator takes for its one Query", taken)


def logs_read(field: Field) -> None:
    """Reads the log of one execution, all of it."""
    what = f"a log of {_LOG_LINES:,} lines, all read"
    best: dict[str, float] = {}
    keeps = field.all_try(what, _write_log)
    for _ in range(_READS):
        taken = field.all_try(what, lambda each: _read_log(each) if keeps[each.name] else None)
        _keep_least(best, {name: seconds for name, seconds in taken.items() if seconds is not None})
    _put(field.rows, what, {name: seconds * 1000 for name, seconds in best.items()}, "{:,.0f} ms")
    without = [name for name, does in keeps.items() if not does]
    field.rows.add("  keep no logs of their own", ", ".join(without) or "none")


def _put_each_node(rows: Rows, graph: str, what: str, taken: Mapping[str, float]) -> None:
    nodes = len(GRAPHS[graph])
    _put(rows, f"{graph}, {what}", {name: each / nodes * 1000 for name, each in taken.items()}, "{:,.1f} ms")


def _graphs(kind: str) -> list[str]:
    # Elsewhere nodes are a task each, of whatever type they are, and 50 more functions would have to start.
    return [graph for graph in GRAPHS if kind == TRANSFORM or "chain" in graph]


def _execute(contender: Contender, graph: str, kind: str = TRANSFORM) -> float:
    parents = GRAPHS[graph]
    arguments = (parents, kind) if isinstance(contender, Ours) else (levels(parents),)
    return contender.call("execute", *arguments, seconds=_EXECUTE_SECONDS)[0]


def _save(contender: Contender) -> None:
    for kind in (TRANSFORM, HTTP):
        for graph in _graphs(kind):
            contender.call("save", GRAPHS[graph], kind, seconds=_READ_SECONDS)


def _query(contender: Contender) -> float:
    return contender.call("bare_query", _PAGE, seconds=_READ_SECONDS)[0]


def _fill(contender: Contender) -> None:
    if not isinstance(contender, Ours):
        contender.call("execute", levels(ONE_NODE), seconds=_EXECUTE_SECONDS)
    contender.call("fill", _EXECUTIONS, seconds=_FILL_SECONDS)


def _page(contender: Contender) -> float:
    seconds, found = contender.call("page", _PAGE, seconds=_READ_SECONDS)
    if found != _PAGE:
        raise PeerError(f"it lists {found}")
    return seconds


def _write_log(contender: Contender) -> bool:
    """Returns whether there is one, once all of it can be read."""
    if not contender.call("write_log", _LOG_LINES, seconds=_EXECUTE_SECONDS)[1]:
        return False
    deadline = time.monotonic() + _READ_SECONDS
    while (found := contender.call("read_log", seconds=_READ_SECONDS)[1]) < _LOG_LINES:
        if time.monotonic() > deadline:
            raise PeerError(f"it has {found} lines")
    return True


def _read_log(contender: Contender) -> float:
    return contender.call("read_log", seconds=_READ_SECONDS)[0]


def _keep_least(best: dict[str, float], taken: Mapping[str, float]) -> None:
    best |= {name: min(seconds, best.get(name, seconds)) for name, seconds in taken.items()}


def _put(rows: Rows, what: str, found: Mapping[str, float], form: str) -> None:
    """A row for each, ours first, with its ratio to ours."""
    ours = found.get(Ours.name)
    for name, figure in sorted(found.items(), key=lambda each: not each[0].startswith(Ours.name)):
        ratio = f", {_times(figure / ours)}" if ours and name != Ours.name else ""
        rows.add(f"{what}: {name}", form.format(figure) + ratio)


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} x" if ratio >= 10 else f"{ratio:.2g} x"
