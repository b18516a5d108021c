"""The timeline of a report: a row for each node, with a bar from its start to its end."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.drawing.icons import status_icon
from workflows.drawing.markup import EMPTY, Markup, tag
from workflows.report.contents import NodeReport, Report
from workflows.report.durations import between, duration
from workflows.report.looks import anchor
from workflows.report.spans import Span, reach, span_of

_WIDTH = 1000.0
"""Bars are stretched to the width that there is; text is not in them, as it would be stretched too."""
_HEIGHT = 18
_LEAST = 3.0
_LABELS = 4


@dataclass(frozen=True, slots=True)
class _Scale:
    start: str
    seconds: float

    def at(self, moment: str) -> float:
        x = between(self.start, moment) / self.seconds * _WIDTH if self.seconds else 0.0
        return round(min(max(x, 0.0), _WIDTH), 1)


def timeline(report: Report) -> Markup:
    """The section's content."""
    start, end = reach(report)
    scale = _Scale(start, between(start, end))
    found = [(span, node) for node in report.nodes.values() if (span := span_of(node, report))]
    if not found:
        return tag("p", "No node has started.", class_="empty")
    rows = [_row(node, span, scale, report) for span, node in _in_order(found)]
    rest = len(report.nodes) - len(found)
    return tag(
        "div",
        tag("table", _head(scale), tag("tbody", _queue(report, scale), rows), class_="timeline"),
        tag(
            "p",
            f"Not started, or without times of their own: {rest} of {len(report.nodes)} nodes.",
            class_="note",
        )
        if rest
        else None,
    )


def _in_order(found: list[tuple[Span, NodeReport]]) -> list[tuple[Span, NodeReport]]:
    """By time of start, those in a loop after it."""
    own = {node.node.id: (span.start, place) for place, (span, node) in enumerate(found)}
    parents = {node.node.id: node.parent for _, node in found}

    def key(pair: tuple[Span, NodeReport]) -> list[tuple[str, int]]:
        chain, at = [], pair[1].node.id
        while at in own:
            chain.append(own[at])
            at = parents[at] or ""
        return chain[::-1]

    return sorted(found, key=key)


def _head(scale: _Scale) -> Markup:
    marks = [tag("span", duration(scale.seconds * index / _LABELS)) for index in range(_LABELS + 1)]
    return tag(
        "thead",
        tag(
            "tr",
            tag("th", "Node", scope="col"),
            tag("th", tag("div", marks, class_="axis"), scope="col", aria_label="Time since it was accepted"),
            tag("th", "Took", scope="col", class_="number"),
        ),
    )


def _queue(report: Report, scale: _Scale) -> Markup:
    """The row of what came before the first node."""
    begun = report.execution.begun_at
    if begun is None or report.execution.attempt > 1:
        return EMPTY
    start, end = scale.at(scale.start), scale.at(begun)
    return tag(
        "tr",
        tag("th", tag("span", "accepted, until the first node starts", class_="queue"), scope="row"),
        tag("td", _bars(_bar(start, end, "wait")), class_="bars"),
        tag("td", duration(between(scale.start, begun)), class_="number"),
        class_="s-pending",
    )


def _row(node: NodeReport, span: Span, scale: _Scale, report: Report) -> Markup:
    is_critical = node.node.id in report.critical
    tries = node.tries or [(span.start, span.end)]
    kind = "loop" if span.is_loop else "wait" if span.is_wait else "work"
    # Between tries it waits.
    bars = [_bar(scale.at(span.start), scale.at(span.end), "wait")] if len(tries) > 1 else []
    bars += [
        _bar(scale.at(start), scale.at(end), kind if index == len(tries) - 1 else "failed-try")
        for index, (start, end) in enumerate(tries)
    ]
    times = f"+{duration(between(scale.start, span.start))}, {duration(between(span.start, span.end))}"
    icon = tag(
        "svg",
        status_icon(node.status or "none", 0, 0),
        viewBox="0 0 16 16",
        class_="mini",
        aria_hidden="true",
    )
    return tag(
        "tr",
        tag(
            "th",
            tag(
                "a",
                icon,
                tag("span", node.name, class_="what"),
                tag("b", "◆", title="on the critical path", class_="mark") if is_critical else None,
                href=anchor(node.node.id),
            ),
            _remark(node),
            scope="row",
            class_="inner" if node.parent else None,
        ),
        tag("td", _bars(*bars), class_="bars", title=times),
        tag("td", duration(between(span.start, span.end)), class_="number"),
        class_=f"s-{node.status or 'none'}{' critical' if is_critical else ''}",
    )


def _remark(node: NodeReport) -> Markup:
    parts = []
    if node.record is not None and node.record.iterations is not None:
        parts.append(f"{node.record.iterations} iterations")
        parts += [f"{node.record.failed_iterations} failed"] if node.record.failed_iterations else []
    if node.repeated is not None:
        parts += [f"{count} {status}" for status, count in node.repeated.counts.most_common()]
    if node.record is not None and node.record.tries > 1:
        parts.append(f"{node.record.tries} tries")
    return tag("small", ", ".join(parts)) if parts else EMPTY


def _bars(*bars: Markup) -> Markup:
    return tag(
        "svg",
        bars,
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _bar(start: float, end: float, kind: str) -> Markup:
    """A bar; what is a wait is thin, and a loop hollow, whatever the colours."""
    height = {"wait": 4, "loop": 10}.get(kind, 12)
    width = max(end - start, _LEAST)
    x = min(start, _WIDTH - width)
    return tag("rect", x=x, y=(_HEIGHT - height) / 2, width=width, height=height, class_=f"bar {kind}")
