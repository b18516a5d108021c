"""The log in a report: its lines, and what filters them where scripts run."""

from __future__ import annotations

import json

from workflows.domain.log_entry import LEVELS, LogEntry
from workflows.drawing.markup import Markup, tag
from workflows.report.contents import LogReport
from workflows.report.durations import clock

MAX_MESSAGE_CHARACTERS = 2_000


def log(report: LogReport) -> Markup:
    """The section's content."""
    if not report.lines:
        return tag("p", "There is no line.", class_="empty")
    note = (
        f"{len(report.lines):,} of {sum(report.total.values()):,} lines are here: errors above all, then"
        " warnings, then the last ones. GET /executions/{execution_id}/logs/download gives all."
    )
    return tag(
        "div",
        _filters(report),
        tag("p", note, class_="note") if report.left_out else None,
        tag("ol", map(_line, report.lines), class_="lines", tabindex=0, aria_label="Log lines"),
        tag("p", "No line is of this.", class_="empty", hidden=True, id="no-line"),
    )


def _filters(report: LogReport) -> Markup:
    nodes = sorted({line.node_id for line in report.lines if line.node_id})
    levels = [tag("option", f"{level} ({report.total.get(level, 0):,})", value=level) for level in LEVELS]
    return tag(
        "form",
        tag("label", "Level", tag("select", tag("option", "all", value=""), levels, name="level")),
        tag(
            "label",
            "Node",
            tag(
                "select",
                tag("option", "all", value=""),
                (tag("option", node_id, value=node_id) for node_id in nodes),
                name="node",
            ),
        ),
        tag("label", "Text", tag("input", type="search", name="text", autocomplete="off")),
        tag("output", f"{len(report.lines):,} lines", id="line-count"),
        class_="filters script",
        id="log-filters",
    )


def _line(line: LogEntry) -> Markup:
    fields = [
        tag(
            "span",
            tag("i", name),
            "=",
            json.dumps(value, ensure_ascii=False)[:MAX_MESSAGE_CHARACTERS],
            class_="field",
        )
        for name, value in line.fields.items()
    ]
    message = line.message
    if len(message) > MAX_MESSAGE_CHARACTERS:
        message = f"{message[:MAX_MESSAGE_CHARACTERS]}… ({len(message):,} characters)"
    return tag(
        "li",
        tag("time", clock(line.timestamp)),
        tag("span", line.level, class_="level"),
        tag("span", line.node_id or "execution", class_="of"),
        tag("span", message, *fields, class_="message"),
        class_=f"l-{line.level}",
        data_level=line.level,
        data_node=line.node_id or "",
    )
