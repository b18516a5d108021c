"""A picture as SVG: text and shapes, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workflows.domain.workflow import Edge, Node
from workflows.drawing.icons import status_icon, type_icon
from workflows.drawing.lines import LABEL_HEIGHT, Line
from workflows.drawing.markup import EMPTY, Markup, joined, tag
from workflows.drawing.pictures import Box, Picture
from workflows.drawing.text import fitted

_MARGIN = 16
_TEXT_X = 46
_NAME_SIZE, _ABOUT_SIZE = 13, 11
_BOLD = 1.1
_TIP = 5


@dataclass(frozen=True, slots=True)
class Look:
    """How a node looks.

    Attributes:
        status: None in a definition, of which nothing has happened.
        about: The line below its name.
        is_critical: Whether the end had to wait for it.
        href: Where one gets by it.
    """

    about: str
    status: str | None = None
    is_critical: bool = False
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Looks:
    """How nodes and edges look.

    Attributes:
        edge: The classes of an edge: `taken` or `not-taken`, and `critical`; none where nothing is known.
    """

    node: Callable[[Node], Look]
    edge: Callable[[Edge], Collection[str]]


def plain_looks() -> Looks:
    """How a definition looks."""
    return Looks(
        lambda node: Look(node.type if node.name is None else f"{node.type} · {node.id}"), lambda _: ()
    )


@cache
def style() -> str:
    """The style sheet of pictures."""
    return Path(__file__).with_name("picture.css").read_text(encoding="utf-8")


def svg_document(picture: Picture, title: str) -> str:
    """A file of a picture by itself."""
    return joined(svg(picture, title, plain_looks(), tag("style", Markup(style()))), "\n")


def svg(picture: Picture, title: str, looks: Looks, before: Markup = EMPTY) -> Markup:
    """A picture as an element.

    Args:
        before: What stands at its beginning.
    """
    width, height = picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN
    return tag(
        "svg",
        before,
        tag("title", title),
        # Loops lie below what is in them, lines between, lest they cross what is written.
        (_box(box, looks) for box in picture.boxes if box.node.body),
        tag("g", (_line(line, looks) for line in picture.lines), class_="edges"),
        (_box(box, looks) for box in picture.boxes if not box.node.body),
        (_label(line, looks) for line in picture.lines),
        xmlns="http://www.w3.org/2000/svg",
        class_="picture",
        role="group",
        viewBox=f"{-_MARGIN} {-_MARGIN} {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
    )


def _box(box: Box, looks: Looks) -> Markup:
    node, look = box.node, looks.node(box.node)
    status = look.status or "none"
    classes = ["node", f"s-{status}"]
    classes += ["loop"] if node.body else []
    classes += ["critical"] if look.is_critical else []
    # The status stands beside the name.
    room, name_room = box.width - _TEXT_X - 10, box.width - _TEXT_X - (32 if look.status else 10)
    x, y = box.x, box.y
    content = (
        tag("title", f"{node.name or node.id} ({node.type}){f': {look.status}' if look.status else ''}"),
        tag("rect", class_="box", x=x, y=y, width=box.width, height=box.height, rx=9),
        tag("rect", class_="tile", x=x + 9, y=y + 11, width=30, height=30, rx=7),
        type_icon(node.type, x + 16, y + 18),
        tag(
            "text",
            fitted(node.name or node.id, _NAME_SIZE * _BOLD, name_room),
            class_="name",
            x=x + _TEXT_X,
            y=y + 23,
        ),
        tag("text", fitted(look.about, _ABOUT_SIZE, room), class_="about", x=x + _TEXT_X, y=y + 39),
        status_icon(status, x + box.width - 25, y + 10) if look.status else None,
    )
    named = {"class_": " ".join(classes), "data_node": node.id}
    return tag("a", content, href=look.href, **named) if look.href else tag("g", content, **named)


def _line(line: Line, looks: Looks) -> Markup:
    classes = [*looks.edge(line.edge), *(["direct"] if line.is_direct else [])]
    first, last = line.stations[0], line.stations[-1]
    path = f"M{first.x:g} {first.top:g}"
    previous = None
    for station in line.stations:
        if previous is not None:
            middle = round((previous.bottom + station.top) / 2, 1)
            path += f"C{previous.x:g} {middle:g} {station.x:g} {middle:g} {station.x:g} {station.top:g}"
        end = station.bottom - (_TIP if station is last else 0)
        path += f"V{end:g}" if end > station.top or station is last else ""
        previous = station
    tip = f"M{last.x - _TIP:g} {last.bottom - _TIP - 3:g}h{2 * _TIP}l{-_TIP} {_TIP + 3}z"
    return joined(
        tag("path", class_=" ".join(["edge", *classes]), d=path),
        tag("path", class_=" ".join(["tip", *classes]), d=tip),
    )


def _label(line: Line, looks: Looks) -> Markup:
    label = line.label
    if label is None:
        return EMPTY
    x, y = label.x - label.width / 2, label.y - LABEL_HEIGHT / 2
    return tag(
        "g",
        tag("rect", x=round(x, 1), y=round(y, 1), width=round(label.width, 1), height=LABEL_HEIGHT, rx=9),
        tag("text", label.text, x=label.x, y=round(label.y + 4, 1)),
        class_=" ".join(["label", *looks.edge(line.edge)]),
    )
