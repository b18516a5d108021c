"""What a report says of each node."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.domain.workflow import Edge
from workflows.drawing.icons import status_icon
from workflows.drawing.markup import Content, Markup, tag
from workflows.report.contents import Excerpt, NodeReport, Report
from workflows.report.durations import between, clock, duration
from workflows.report.looks import STATUS_NAMES, about, anchor
from workflows.report.spans import span_of


def details(report: Report) -> Markup:
    """The section's content: a block for each node, which opens."""
    return tag("div", (_block(found, report) for found in report.nodes.values()), class_="nodes")


def _block(found: NodeReport, report: Report) -> Markup:
    node_id = found.node.id
    return tag(
        "details",
        tag("summary", status_badge(found.status), tag("b", found.name), tag("small", about(found, report))),
        # Browsers open what a link leads into, if the target is within.
        tag("div", facts(_facts(found, report)), value("Output", found.output, node_id), id=f"n-{node_id}"),
        class_=f"s-{found.status or 'none'}",
        data_of=node_id,
    )


def status_badge(status: str | None) -> Markup:
    """A status, by shape, colour and name."""
    name = STATUS_NAMES.get(status or "", status or "not known")
    icon = tag(
        "svg", status_icon(status or "none", 0, 0), viewBox="0 0 16 16", class_="mini", aria_hidden="true"
    )
    return tag("span", icon, name, class_=f"status s-{status or 'none'}")


def facts(pairs: Iterable[tuple[str, Content]]) -> Markup:
    """Names and what they stand for, without those for nothing."""
    return tag("dl", (tag("div", tag("dt", name), tag("dd", said)) for name, said in pairs if said))


def value(title: str, excerpt: Excerpt | None, node_id: str | None = None) -> Markup | None:
    """A value as JSON, as far as it is shown, and where the rest is."""
    if excerpt is None:
        return None
    place = f"/nodes/{node_id}" if node_id else ""
    note = f"It has {excerpt.size_bytes:,} bytes: GET /executions/{{execution_id}}{place} gives the whole."
    return tag(
        "div",
        tag("h4", title),
        tag("pre", excerpt.text, tabindex=0) if excerpt.text is not None else None,
        None if excerpt.is_whole else tag("p", note, class_="note"),
        class_="value",
    )


def _facts(found: NodeReport, report: Report) -> list[tuple[str, Content]]:
    record, span, repeated = found.record, span_of(found, report), found.repeated
    known: list[tuple[str, Content]] = [
        ("Id", tag("code", found.node.id)),
        ("Type", found.node.type),
        ("In loop", _links([found.parent], report) if found.parent else None),
        ("After", _links(_sources(found.before), report)),
        ("Before", _links(dict.fromkeys(edge.target for edge in found.after), report)),
    ]
    if span is not None:
        known += [("Started", clock(span.start)), ("Took", duration(between(span.start, span.end)))]
    if repeated is not None:
        counts = ", ".join(f"{count} {status}" for status, count in repeated.counts.most_common())
        return [*known, ("Iterations", counts)]
    if record is None:
        return known
    error, file = record.error, record.file
    known += [
        ("Ended", clock(record.completed_at) if record.completed_at else None),
        ("Tries", str(record.tries) if record.tries > 1 else None),
        ("Attempt", str(record.attempt) if record.attempt > 1 else None),
        ("Branch", record.branch),
        ("Iterations", None if record.iterations is None else str(record.iterations)),
        ("Failed iterations", str(record.failed_iterations or "")),
        ("Until", clock(record.wakes_at or record.expires_at or "")),
        ("Answered by", record.answered_by),
        ("Execution", tag("code", record.child_id) if record.child_id else None),
        ("File", f"{file.content_type}, {file.size_bytes:,} bytes" if file else None),
        ("Usage", ", ".join(f"{name} {count:,}" for name, count in (record.usage or {}).items())),
        (
            "Error",
            tag("span", tag("code", error.code), " ", error.message, class_="error") if error else None,
        ),
    ]
    return known


def _sources(edges: Iterable[Edge]) -> Iterable[str]:
    return dict.fromkeys(edge.source for edge in edges)


_MOST_LINKS = 12


def _links(node_ids: Iterable[str], report: Report) -> Content:
    found = [report.nodes[node_id] for node_id in node_ids if node_id in report.nodes]
    links = [
        joined_with_comma(i, tag("a", f.name, href=anchor(f.node.id)))
        for i, f in enumerate(found[:_MOST_LINKS])
    ]
    return (
        [*links, f" and {len(found) - _MOST_LINKS} more" if len(found) > _MOST_LINKS else None]
        if links
        else None
    )


def joined_with_comma(index: int, link: Markup) -> Content:
    return [", ", link] if index else link
