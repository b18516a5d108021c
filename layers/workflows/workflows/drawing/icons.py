"""Icons of 16 by 16, by their strokes. Statuses have shapes of their own, not colours alone."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.drawing.markup import Markup, tag

_TYPES: Mapping[str, str] = {
    "start": "M5 3.2v9.6L13 8z",
    "end": "M4 4h8v8H4z",
    "transform": "M6 2.5C3.6 2.5 5.6 8 3 8c2.6 0 .6 5.5 3 5.5M10 2.5c2.4 0 .4 5.5 3 5.5-2.6 0-.6 5.5-3 5.5",
    "condition": "M8 1.8 14.2 8 8 14.2 1.8 8z",
    "switch": "M2 8h4M6 8l5-4.5h3M6 8h8M6 8l5 4.5h3",
    "http": (
        "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 1 0 8 1.8"
        "M1.8 8h12.4M8 1.8c-3.6 3.6-3.6 8.8 0 12.4 3.6-3.6 3.6-8.8 0-12.4"
    ),
    "delay": "M4 1.8h8M4 14.2h8M5 1.8c0 4 6 8.4 6 12.4M11 1.8c0 4-6 8.4-6 12.4",
    "agent": "M8 1.5 9.6 6.4 14.5 8 9.6 9.6 8 14.5 6.4 9.6 1.5 8l4.9-1.6z",
    "loop": "M13.5 8a5.5 5.5 0 1 1-1.8-4.1M12.2 1.2v3h-3",
    "approval": "M8 2a2.8 2.8 0 1 0 0 5.6A2.8 2.8 0 1 0 8 2M2.5 14.2c.4-6 10.6-6 11 0",
    "workflow": "M2 2h5v5H2zM9 9h5v5H9zM4.5 7v4.5H9",
    "lambda": "M3.5 2.5h2.2l5 11h2M7.4 6.4l-4 7.1",
    "storage": "M2.5 3.5h11l-1.4 10H3.9zM2.5 6.5h11",
    "database": (
        "M2.5 4c0-2.7 11-2.7 11 0v8c0 2.7-11 2.7-11 0zM2.5 4c0 2.7 11 2.7 11 0M2.5 8c0 2.7 11 2.7 11 0"
    ),
    "clean-up": "M2 4.5h12M6 4.5V2.5h4v2M3.6 4.5l.8 9.5h7.2l.8-9.5",
}
_STATUSES: Mapping[str, str] = {
    "pending": "M8 4.5a3.5 3.5 0 1 0 0 7A3.5 3.5 0 1 0 8 4.5",
    "running": "M6 4.5v7L11.5 8z",
    "waiting": "M8 4v4.2l2.8 1.8",
    "paused": "M6 5v6M10 5v6",
    "completed": "M4.5 8.3 7 10.8 11.5 5.5",
    "failed": "M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6",
    "tolerated": "M8 4.3v4.5M8 11.2v.3",
    "skipped": "M4.6 5l3 3-3 3M8.6 5l3 3-3 3",
    "cancelled": "M5 8h6",
}


def type_icon(type_: str, x: float, y: float) -> Markup:
    """The icon of a node's type, by its corner."""
    path = tag("path", d=_TYPES.get(type_, _TYPES["transform"]))
    return tag("g", path, class_="type", transform=f"translate({x:g} {y:g})")


def status_icon(status: str, x: float, y: float) -> Markup:
    """The icon of a status, on a disc, by its corner."""
    disc = tag("circle", cx=8, cy=8, r=8)
    mark = tag("path", d=_STATUSES.get(status, _STATUSES["pending"]))
    return tag("g", disc, mark, class_="badge", transform=f"translate({x:g} {y:g})")
