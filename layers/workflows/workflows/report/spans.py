"""When nodes were under way."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.report.contents import NodeReport, Report

_WAITING_TYPES = frozenset({"approval", "delay", "workflow"})
"""Nodes that wait for something else, and take no work meanwhile."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when; of one that goes on, until the report was made.

    Attributes:
        is_wait: Whether it waited for somebody, for another execution, or for its time.
        is_loop: Whether it is that of a loop, or of all iterations of a node.
    """

    start: str
    end: str
    is_wait: bool
    is_loop: bool


def span_of(found: NodeReport, report: Report) -> Span | None:
    """When a node was under way; None: it was not, or nobody knows."""
    is_wait = found.node.type in _WAITING_TYPES
    if found.repeated is not None:
        start, end = found.repeated.started_at, found.repeated.ended_at
        return Span(start, max(start, end or _end(report)), is_wait, True) if start else None
    record = found.record
    if record is None or record.started_at is None:
        return None
    end = record.completed_at or _end(report)
    return Span(record.started_at, max(record.started_at, end), is_wait, found.node.body is not None)


def _end(report: Report) -> str:
    """Until when nodes without an end are known to have been under way."""
    return report.execution.completed_at or report.made_at


def reach(report: Report) -> tuple[str, str]:
    """From when to when the execution was, with all its nodes."""
    spans = [span for found in report.nodes.values() if (span := span_of(found, report))]
    ends = [span.end for span in spans]
    return report.execution.started_at, max([_end(report), *ends])
