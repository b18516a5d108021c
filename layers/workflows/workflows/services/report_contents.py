"""Gathers what the report of an execution says, within bounds: a page must open, whatever was executed."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflows.adapters.executions import Snapshot
from workflows.adapters.payloads import PayloadStore
from workflows.compiler.outlines import outline
from workflows.domain.execution import Execution
from workflows.domain.liveness import live_sources
from workflows.domain.log_entry import LogEntry
from workflows.domain.loop import places
from workflows.domain.node_record import NodeRecord
from workflows.domain.payload import Payload
from workflows.domain.times import now
from workflows.domain.workflow import Edge, Graph, Node, Workflow
from workflows.report.contents import Excerpt, NodeReport, Repeated, Report
from workflows.report.critical_path import critical_path
from workflows.services.executions import Executions
from workflows.services.node_states import NodeState, as_of
from workflows.services.report_log import log_report

MAX_VALUE_BYTES = 64 * 1024
"""Of inputs and result."""
MAX_OUTPUT_BYTES = 4 * 1024
"""Of a node's output."""
MAX_READ_OUTPUTS = 50
"""Outputs that are read for it: those that are not in the nodes' records."""
MAX_OUTPUTS_BYTES = 2 * 1024 * 1024
"""Of all outputs together."""
_MOST_INDENTED = 4
"""How many times those bytes a value may have that is shown whole, if it is laid out over lines."""
MAX_ITERATIONS = 2_000
"""Records of nodes in loops."""

_TRY_FAILED = re.compile(r"try [0-9]+ failed: ")
_TRY_STARTED = re.compile(r"started, try [0-9]+")


@dataclass(slots=True)
class _Outputs:
    """Excerpts of outputs, as long as there is room."""

    payloads: PayloadStore
    execution_id: str
    bytes_left: int = MAX_OUTPUTS_BYTES
    reads_left: int = MAX_READ_OUTPUTS

    def take(self, payload: Payload) -> Excerpt:
        is_read = payload.storage != "inline"
        if self.bytes_left <= 0 or (is_read and self.reads_left <= 0):
            return Excerpt(None, payload.size_bytes, False)
        self.reads_left -= is_read
        excerpt = _excerpt(self.payloads, self.execution_id, payload, MAX_OUTPUT_BYTES)
        self.bytes_left -= len(excerpt.text or "")
        return excerpt


def report_of(executions: Executions, snapshot: Snapshot) -> Report:
    """The report of an execution, as its records are."""
    execution = snapshot.execution
    execution_id, payloads = execution.execution_id, executions.payloads
    workflow = _workflow(executions, execution)
    states = executions.states(snapshot)
    log = log_report(executions.logs, execution)
    iterations: list[NodeRecord] = []
    made_at = now()
    if any(node.body for node in workflow.all_nodes()):
        found = executions.executions.read_iterations(execution_id, MAX_ITERATIONS + 1)
        iterations = [as_of(record, execution, made_at) for record in found]
    outgoing = _outgoing(workflow)
    repeated = _repeated(iterations[:MAX_ITERATIONS], outgoing)
    nodes = _nodes(workflow, states, repeated, outgoing, _tries(log.lines), _Outputs(payloads, execution_id))
    taken, untaken = _edges(nodes, outgoing, execution)
    return Report(
        workflow=workflow,
        execution=execution,
        nodes=nodes,
        taken=frozenset(taken),
        untaken=frozenset(untaken),
        critical=_critical(execution, states),
        inputs=_excerpt(payloads, execution_id, execution.inputs, MAX_VALUE_BYTES),
        result=_excerpt(payloads, execution_id, execution.result, MAX_VALUE_BYTES)
        if execution.result
        else None,
        log=log,
        iterations_read=min(len(iterations), MAX_ITERATIONS),
        are_more_iterations=len(iterations) > MAX_ITERATIONS,
        made_at=made_at,
    )


def _workflow(executions: Executions, execution: Execution) -> Workflow:
    """The outline of the version that is executed; its clean-up where that runs."""
    definition = executions.workflows.definition(execution.workflow_id, execution.version)
    return outline(json.loads(definition), with_clean_up=execution.cleans_up)


def _excerpt(payloads: PayloadStore, execution_id: str, payload: Payload, size_bytes: int) -> Excerpt:
    text = payloads.beginning(execution_id, payload, size_bytes)
    is_whole = payload.size_bytes <= size_bytes
    if is_whole:
        indented = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        # What nests deeply would be little but spaces.
        text = indented if len(indented) <= _MOST_INDENTED * size_bytes else text
    return Excerpt(text, payload.size_bytes, is_whole)


def _graphs(workflow: Workflow) -> Iterator[tuple[Graph, str | None]]:
    """All graphs of a workflow, and the loops that they are in, each before those in it."""
    pending: list[tuple[Graph, str | None]] = [(workflow, None)]
    if workflow.on_cancel:
        pending.append((workflow.on_cancel.graph, None))
    while pending:
        graph, parent = pending.pop(0)
        yield graph, parent
        pending += [(node.body, node.id) for node in graph.nodes if node.body]


def _outgoing(workflow: Workflow) -> dict[str, list[Edge]]:
    found: defaultdict[str, list[Edge]] = defaultdict(list)
    for graph, _ in _graphs(workflow):
        for edge in graph.edges:
            found[edge.source].append(edge)
    return found


def _repeated(records: Iterable[NodeRecord], outgoing: Mapping[str, Sequence[Edge]]) -> dict[str, Repeated]:
    found: defaultdict[str, Repeated] = defaultdict(Repeated)
    without_end: set[str] = set()
    for record in records:
        repeated = found[record.node_id]
        repeated.counts[_status(record.status, record)] += 1
        if record.started_at:
            repeated.started_at = min(repeated.started_at or record.started_at, record.started_at)
            repeated.ended_at = max(repeated.ended_at or "", record.completed_at or "")
            if record.completed_at is None:
                without_end.add(record.node_id)
        repeated.taken.update(edge for edge in outgoing.get(record.node_id, ()) if record.opens(edge))
    for node_id in without_end:
        found[node_id].ended_at = None
    return found


def _status(status: str, record: NodeRecord | None) -> str:
    return "tolerated" if status == "failed" and record is not None and record.tolerated else status


def _nodes(
    workflow: Workflow,
    states: Mapping[str, NodeState],
    repeated: Mapping[str, Repeated],
    outgoing: Mapping[str, Sequence[Edge]],
    tries: Mapping[str, _Tries],
    outputs: _Outputs,
) -> dict[str, NodeReport]:
    incoming: defaultdict[str, list[Edge]] = defaultdict(list)
    for edges in outgoing.values():
        for edge in edges:
            incoming[edge.target].append(edge)
    found: dict[str, NodeReport] = {}
    for node, parent in _in_order(workflow):
        state = states.get(node.id)
        record = state.record if state else None
        if state is not None:
            status: str | None = _status(state.status, record)
        else:
            status = _status_in_loop(repeated.get(node.id), found[parent].status if parent else None)
        is_over = record is not None and record.status in ("completed", "failed")
        found[node.id] = NodeReport(
            node=node,
            status=status,
            record=record,
            repeated=repeated.get(node.id),
            parent=parent,
            before=incoming[node.id],
            after=outgoing.get(node.id, ()),
            output=outputs.take(record.output) if record and record.output and is_over else None,
            tries=tries[node.id].spans(record) if record and node.id in tries else (),
        )
    return found


def _in_order(workflow: Workflow) -> Iterator[tuple[Node, str | None]]:
    """All nodes, each after the loop that it is in."""

    def of(graph: Graph, parent: str | None) -> Iterator[tuple[Node, str | None]]:
        for node in graph.nodes:
            yield node, parent
            if node.body:
                yield from of(node.body, node.id)

    yield from of(workflow, None)
    if workflow.on_cancel:
        yield from of(workflow.on_cancel.graph, None)


_WORST_FIRST = ("failed", "running", "waiting", "tolerated", "completed", "cancelled", "skipped")


def _status_in_loop(repeated: Repeated | None, loop: str | None) -> str | None:
    """What to show of a node in a loop: of what became of it in its iterations, what matters most."""
    if repeated is not None:
        return next(status for status in _WORST_FIRST if repeated.counts[status])
    # Where iterations are worked out in memory, nobody knows.
    return loop if loop in ("pending", "skipped", "cancelled") else None


def _edges(
    nodes: Mapping[str, NodeReport], outgoing: Mapping[str, Sequence[Edge]], execution: Execution
) -> tuple[list[Edge], list[Edge]]:
    """The edges that are or were live, and those that will not be."""
    taken: list[Edge] = []
    untaken: list[Edge] = []
    for node_id, edges in outgoing.items():
        found = nodes[node_id]
        for edge in edges:
            if found.repeated is not None:
                (taken if edge in found.repeated.taken else untaken).append(edge)
            elif found.record is not None and found.record.is_settled:
                (taken if found.record.opens(edge) else untaken).append(edge)
            elif found.status in ("skipped", "cancelled") or execution.is_terminal:
                untaken.append(edge)
    return taken, untaken


def _critical(execution: Execution, states: Mapping[str, NodeState]) -> tuple[str, ...]:
    records = {node_id: state.record for node_id, state in states.items() if state.record}
    ended_at = {
        node_id: record.completed_at
        for node_id, record in records.items()
        if record.completed_at and record.started_at
    }
    last = _last(execution, ended_at)
    if last not in records or execution.completed_at is None:
        return ()
    # A loop in which the execution failed has no end of its own.
    ended_at.setdefault(last, execution.completed_at)
    before = {
        node_id: live_sources(state.node.incoming, records)
        for node_id, state in states.items()
        if node_id in ended_at
    }
    return critical_path(last, before, ended_at)


def _last(execution: Execution, ended_at: Mapping[str, str]) -> str | None:
    """The node that ended the execution; None: none did, but a cancel, or that its time was over."""
    if execution.status == "completed":
        return max(ended_at, key=lambda node_id: ended_at[node_id], default=None)
    failed = execution.error.node_id if execution.error and execution.status == "failed" else None
    # In loops it has the path of the iteration before it.
    steps = places(failed or "")
    return steps[0].loop_id if steps else failed


@dataclass(slots=True)
class _Tries:
    """When tries of a node failed, and when further ones started, as its log has it."""

    failed_at: list[str]
    started_at: list[str]

    def spans(self, record: NodeRecord) -> list[tuple[str, str]]:
        """From when to when each try was under way; nothing where the log does not tell of all."""
        begun = record.started_at or ""
        # An earlier attempt's are before.
        failed = [at for at in self.failed_at if at >= begun]
        starts = [begun, *(at for at in self.started_at if at >= begun)]
        ends = [*failed, record.completed_at or ""][: len(starts)]
        is_told = len(starts) == record.tries and len(ends) == len(starts) and all(ends)
        return list(zip(starts, ends, strict=True)) if is_told and len(starts) > 1 else []


def _tries(lines: Iterable[LogEntry]) -> dict[str, _Tries]:
    found: defaultdict[str, _Tries] = defaultdict(lambda: _Tries([], []))
    for line in lines:
        if line.node_id is None:
            continue
        if line.level == "WARNING" and _TRY_FAILED.match(line.message):
            found[line.node_id].failed_at.append(line.timestamp)
        elif line.level == "INFO" and _TRY_STARTED.fullmatch(line.message):
            found[line.node_id].started_at.append(line.timestamp)
    return found
