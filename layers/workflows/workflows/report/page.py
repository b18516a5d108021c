"""A report as a page: one file that needs no other, and in which nothing but its own script runs."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from workflows.domain.execution import Execution
from workflows.drawing.markup import Content, Markup, joined, tag
from workflows.drawing.pictures import picture_of
from workflows.drawing.svg import style, svg
from workflows.report.contents import Report
from workflows.report.details import details, facts, status_badge, value
from workflows.report.durations import between, clock, duration
from workflows.report.log import log
from workflows.report.looks import anchor, looks_of
from workflows.report.spans import reach
from workflows.report.timeline import timeline

_SECTIONS = {"graph": "Graph", "timeline": "Timeline", "data": "Data", "nodes": "Nodes", "log": "Log"}
_LEGEND = ("completed", "failed", "tolerated", "running", "waiting", "skipped", "cancelled", "pending")


def page(report: Report) -> str:
    """The HTML of a report."""
    title = f"{report.workflow.name} · {report.execution.status}"
    content: dict[str, Content] = {
        "graph": _graph(report),
        "timeline": [timeline(report), _timeline_legend(report)],
        "data": [value("Inputs", report.inputs), value("Result", report.result)],
        "nodes": details(report),
        "log": log(report.log),
    }
    head = (
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        # Browsers ask for an icon where none is named.
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(_style())),
    )
    body = (
        tag("a", "To the content", href="#graph", class_="jump"),
        _header(report),
        tag(
            "nav", (tag("a", name, href=f"#{key}") for key, name in _SECTIONS.items()), aria_label="Sections"
        ),
        tag(
            "main",
            (tag("section", tag("h2", name), content[key], id=key) for key, name in _SECTIONS.items()),
        ),
        tag("footer", f"As of {clock(report.made_at)} UTC. All times are UTC."),
        tag("script", Markup(_script())),
    )
    return joined(
        Markup("<!doctype html>\n"), tag("html", tag("head", head), tag("body", body), lang="en"), "\n"
    )


@cache
def _style() -> str:
    return f"{style()}\n{_beside('page.css')}"


@cache
def _script() -> str:
    return _beside("page.js")


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """Only the page's own style and script, by their hashes (https://www.w3.org/TR/CSP3/#source-list-syntax)."""
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (_style(), _script())]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _header(report: Report) -> Markup:
    execution = report.execution
    start, end = reach(report)
    error = execution.error
    counts = ", ".join(
        f"{count} {status}"
        for status in _LEGEND
        if (count := sum(found.status == status and not found.parent for found in report.nodes.values()))
    )
    return tag(
        "header",
        tag("p", "Execution report", class_="kind"),
        tag("div", tag("h1", report.workflow.name), status_badge(execution.status), class_="title"),
        facts(
            [
                ("Execution", tag("code", execution.execution_id)),
                ("Workflow", [tag("code", execution.workflow_id), f", version {execution.version}"]),
                ("Started by", execution.user_id or "an anonymous caller"),
                ("Accepted", clock(execution.started_at)),
                ("Ended", clock(execution.completed_at) if execution.completed_at else None),
                ("Duration", duration(between(start, end))),
                ("Attempt", str(execution.attempt)),
                ("Nodes", counts),
                *_origin(execution),
            ]
        ),
        tag(
            "div",
            tag("b", tag("code", error.code), *_place(report)),
            tag("p", error.message),
            class_="banner",
            role="note",
        )
        if error
        else None,
        class_=f"s-{execution.status}",
    )


def _origin(execution: Execution) -> list[tuple[str, Content]]:
    labels = [tag("span", label, class_="chip") for label in execution.labels]
    parent = execution.parent
    return [
        ("Labels", labels or None),
        ("Replay of", tag("code", execution.replay_of) if execution.replay_of else None),
        (
            "Called by",
            [tag("code", parent.execution_id), f", node {parent.path}{parent.node_id}"] if parent else None,
        ),
    ]


def _place(report: Report) -> list[Content]:
    error = report.execution.error
    if error is None or error.node_id is None:
        return []
    # In loops it has the path of the iteration before it.
    node_id = error.node_id.rpartition("/")[2]
    place: Content = error.node_id
    if node_id in report.nodes:
        place = tag("a", error.node_id, href=anchor(node_id))
    return [" in ", place]


def _graph(report: Report) -> Content:
    picture = svg(picture_of(report.workflow), f"Graph of {report.workflow.name}", looks_of(report))
    buttons = {"out": "\u2212", "in": "+", "fit": "Fit", "whole": "1:1"}
    names = {"out": "Zoom out", "in": "Zoom in", "fit": "Fit the whole graph", "whole": "Natural size"}
    statuses = {found.status for found in report.nodes.values()}
    return [
        tag(
            "div",
            (
                tag("button", text, type="button", data_zoom=key, aria_label=names[key])
                for key, text in buttons.items()
            ),
            class_="tools script",
            role="toolbar",
            aria_label="Zoom",
        ),
        tag(
            "div",
            tag(
                "div", picture, class_="canvas", tabindex=0, role="region", aria_label="Graph of the workflow"
            ),
            tag(
                "aside",
                tag("p", "Choose a node to see what became of it.", class_="empty"),
                id="panel",
                class_="script",
                aria_live="polite",
            ),
            class_="stage",
        ),
        tag(
            "p",
            (status_badge(status) for status in _LEGEND if status in statuses),
            tag("span", "critical path", class_="key critical") if report.critical else None,
            tag("span", "taken", class_="key taken"),
            tag("span", "not taken", class_="key not-taken"),
            class_="legend",
        ),
        _iterations_note(report),
    ]


def _iterations_note(report: Report) -> Markup | None:
    if not report.are_more_iterations:
        return None
    note = f"Nodes in loops: as the first {report.iterations_read:,} records of their iterations have it."
    return tag("p", note, class_="note")


def _timeline_legend(report: Report) -> Content:
    critical = "critical path: each node had to wait for the one before, and so the end for all of them"
    return tag(
        "p",
        tag("span", "work", class_="key work"),
        tag("span", "wait", class_="key wait"),
        tag("span", "failed try", class_="key failed-try"),
        tag("span", "loop", class_="key loop"),
        tag("span", tag("b", "◆", class_="mark"), critical) if report.critical else None,
        class_="legend",
    )
