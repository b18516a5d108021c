"""How the picture of a workflow looks after, or while, it is executed."""

from __future__ import annotations

from itertools import pairwise

from workflows.domain.workflow import Edge, Node
from workflows.drawing.pictures import CLEAN_UP
from workflows.drawing.svg import Look, Looks
from workflows.report.contents import NodeReport, Report
from workflows.report.durations import between, duration
from workflows.report.spans import span_of

STATUS_NAMES = {"tolerated": "failed, tolerated"}


def looks_of(report: Report) -> Looks:
    """The looks of its nodes and edges."""
    chain = list(report.critical)
    critical = set(pairwise(chain))

    def node(node: Node) -> Look:
        found = report.nodes.get(node.id)
        if found is None:
            return Look("nothing of it was executed" if node.type == CLEAN_UP else node.type)
        return Look(about(found, report), found.status, node.id in chain, anchor(node.id))

    def edge(edge: Edge) -> tuple[str, ...]:
        if edge in report.taken:
            is_critical = (edge.source, edge.target) in critical
            return ("taken", "critical") if is_critical else ("taken",)
        return ("not-taken",) if edge in report.untaken else ()

    return Looks(node, edge)


def anchor(node_id: str) -> str:
    """The link to what is said of a node."""
    return f"#n-{node_id}"


def about(found: NodeReport, report: Report) -> str:
    """What is most to be known of a node, in a line."""
    record, repeated = found.record, found.repeated
    if repeated is not None:
        counts = repeated.counts.most_common()
        # It is short, and its colour says the rest.
        return " · ".join(f"{count} {'failed' if name == 'tolerated' else name}" for name, count in counts)
    if record is not None and record.iterations is not None:
        parts = [f"{record.iterations}\u00d7"]
        parts += [f"{record.failed_iterations} failed"] if record.failed_iterations else []
    else:
        parts = [found.node.type]
    if (span := span_of(found, report)) is not None:
        parts.append(duration(between(span.start, span.end)))
    if record is not None and record.tries > 1:
        parts.append(f"{record.tries} tries")
    return " · ".join(parts)
