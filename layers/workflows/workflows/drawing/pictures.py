"""A workflow's graph as a picture: where each node and each edge is, whatever it is then written as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workflows.domain.workflow import Edge, Graph, Node, Workflow
from workflows.drawing.coordinates import centres
from workflows.drawing.layers import Layered, layered
from workflows.drawing.lines import Line, Station, labelled, ports
from workflows.drawing.orders import ordered

NODE_WIDTH = 208
NODE_HEIGHT = 52

_PASSED_WIDTH = 14
"""Of a place that an edge passes through."""
_SIDE_GAP = 26
_LAYER_GAP = 46
_MOST_EXTRA_GAP = 70
_PADDING = 18
"""Around what is in a loop."""
_GRID = 4
"""What nodes' places are multiples of, so that those almost in line are."""

CLEAN_UP = "clean-up"
"""Id and type of a box that is no node: what happens after a cancel is in it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node in its place.

    Attributes:
        x, y: Of its corner, at the left of the top.
        parent: The loop that it is in.
    """

    node: Node
    x: float
    y: float
    width: float
    height: float
    parent: str | None = None

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, each before what is in it, and lines, within a width and height."""

    width: float
    height: float
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()

    def moved(self, x: float, y: float) -> Picture:
        """The same at another place."""
        boxes = (replace(box, x=box.x + x, y=box.y + y) for box in self.boxes)
        lines = (line.moved(x, y) for line in self.lines)
        return Picture(self.width, self.height, tuple(boxes), tuple(lines))


def picture_of(workflow: Workflow) -> Picture:
    """The picture of a workflow; below it, that of its clean-up."""
    whole = _picture(workflow, None)
    if workflow.on_cancel is None:
        return whole
    box = Node(id=CLEAN_UP, type=CLEAN_UP, name="After a cancel", body=workflow.on_cancel.graph)
    below = _picture(Graph((box,), ()), None)
    width, top = max(whole.width, below.width), whole.height + _LAYER_GAP
    parts = (
        whole.moved(round((width - whole.width) / 2), 0),
        below.moved(round((width - below.width) / 2), top),
    )
    return Picture(
        width,
        top + below.height,
        tuple(box for part in parts for box in part.boxes),
        tuple(line for part in parts for line in part.lines),
    )


def _picture(graph: Graph, parent: str | None) -> Picture:
    """The picture of a graph, and of those in it."""
    if not graph.nodes:
        return Picture(NODE_WIDTH, NODE_HEIGHT)
    number = {node.id: index for index, node in enumerate(graph.nodes)}
    inner = {node.id: _picture(node.body, node.id) for node in graph.nodes if node.body}
    sizes = [_size(inner.get(node.id)) for node in graph.nodes]
    placed = layered(len(sizes), [(number[edge.source], number[edge.target]) for edge in graph.edges])
    layers = ordered(placed)
    widths = [width + _SIDE_GAP for width, _ in sizes]
    widths += [_PASSED_WIDTH] * (len(placed.layer_of) - len(sizes))
    xs = [x - _SIDE_GAP / 2 for x in centres(placed, layers, len(sizes), widths)]
    bands = _bands(placed, sizes, graph.edges)

    own = []
    boxes: list[Box] = []
    lines: list[Line] = []
    for index, node in enumerate(graph.nodes):
        (width, height), (top, bottom) = sizes[index], bands[placed.layer_of[index]]
        left = _GRID * round((xs[index] - width / 2) / _GRID)
        box = Box(node, left, round((top + bottom - height) / 2), width, height, parent)
        own.append(box)
        boxes.append(box)
        if node.id in inner:
            middle = round(box.centre - inner[node.id].width / 2)
            moved = inner[node.id].moved(middle, box.y + NODE_HEIGHT + _PADDING)
            boxes += moved.boxes
            lines += moved.lines
    lines += labelled(_lines(graph.edges, placed, own, xs, bands))
    return Picture(max(box.x + box.width for box in boxes), bands[-1][1], tuple(boxes), tuple(lines))


def _size(inner: Picture | None) -> tuple[float, float]:
    if inner is None:
        return NODE_WIDTH, NODE_HEIGHT
    width = max(NODE_WIDTH, inner.width) + 2 * _PADDING
    # With the middle on the grid, as those of others.
    return width + -width % (2 * _GRID), NODE_HEIGHT + inner.height + 2 * _PADDING


def _bands(
    placed: Layered, sizes: Sequence[tuple[float, float]], edges: Sequence[Edge]
) -> list[tuple[float, float]]:
    """Top and bottom of each layer; where many links are between two, there is more room for them."""
    heights = [0.0] * (max(placed.layer_of) + 1)
    for layer, (_, height) in zip(placed.layer_of, sizes, strict=False):
        heights[layer] = max(heights[layer], height)
    links = [0] * len(heights)
    for source, _ in placed.links:
        links[placed.layer_of[source]] += 1
    for edge, route in zip(edges, placed.routes, strict=True):
        links[placed.layer_of[route[0]]] += 4 * (edge.when is not None)
    bands, top = [], 0.0
    for height, count in zip(heights, links, strict=True):
        bands.append((top, top + height))
        top += height + _LAYER_GAP + min(_MOST_EXTRA_GAP, count)
    return bands


def _lines(
    edges: Sequence[Edge],
    placed: Layered,
    boxes: Sequence[Box],
    xs: Sequence[float],
    bands: Sequence[tuple[float, float]],
) -> Iterator[Line]:
    """The lines of edges, from the bottom of a box to the top of another, straight down through layers."""
    routes = placed.routes
    leave = [(route[0], xs[route[1]]) for route in routes]
    reach = [(route[-1], xs[route[-2]]) for route in routes]
    widths = [box.width for box in boxes]
    starts, ends = ports(leave, widths), ports(reach, widths)
    for index, (edge, route) in enumerate(zip(edges, routes, strict=True)):
        source, target = boxes[route[0]], boxes[route[-1]]
        passed = [Station(round(xs[vertex], 1), *bands[placed.layer_of[vertex]]) for vertex in route[1:-1]]
        first = Station(source.centre + starts[index], source.bottom, bands[placed.layer_of[route[0]]][1])
        last = Station(target.centre + ends[index], bands[placed.layer_of[route[-1]]][0], target.y)
        is_direct = len(route) == 2 and placed.layer_of[route[1]] - placed.layer_of[route[0]] > 1
        yield Line(edge, (first, *passed, last), is_direct)
