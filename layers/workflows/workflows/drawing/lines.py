"""The lines of a picture: where they leave and reach nodes, and where what is written on them stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from workflows.domain.workflow import Edge
from workflows.drawing.text import fitted, text_width

LABEL_SIZE = 11
LABEL_HEIGHT = 18
_MAX_LABEL_WIDTH = 110
_LABEL_PADDING = 6
_COLUMN_WIDTH = 2 * _MAX_LABEL_WIDTH
_MOST_IN_COLUMN = 40
"""Labels among which a place is sought for another: for more there would be none."""
_BOLD = 1.1
_PORT_GAP = 34
_PLACES = (0.5, 0.34, 0.66, 0.22, 0.78)
"""Where on the first curve of a line its label may be, the best place first."""


@dataclass(frozen=True, slots=True)
class Station:
    """Where a line leads straight down, from `top` to `bottom`."""

    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on a line, by its middle."""

    text: str
    x: float
    y: float
    width: float

    def meets(self, other: Label) -> bool:
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2 + 2
            and abs(self.y - other.y) < LABEL_HEIGHT + 2
        )


@dataclass(frozen=True, slots=True)
class Line:
    """An edge in its place.

    Attributes:
        stations: From its source to its target; between two it is a curve that begins and ends upright.
        is_direct: Whether it leads behind nodes.
    """

    edge: Edge
    stations: tuple[Station, ...]
    is_direct: bool = False
    label: Label | None = None

    def moved(self, x: float, y: float) -> Line:
        """The same at another place."""
        stations = (Station(each.x + x, each.top + y, each.bottom + y) for each in self.stations)
        label = self.label and replace(self.label, x=self.label.x + x, y=self.label.y + y)
        return Line(self.edge, tuple(stations), self.is_direct, label)

    @property
    def points(self) -> list[tuple[float, float]]:
        """Its corners, if it had any, in order."""
        return [point for each in self.stations for point in ((each.x, each.top), (each.x, each.bottom))]


def ports(ends: Sequence[tuple[int, float]], widths: Sequence[float]) -> list[float]:
    """How far from the middle of its node each line ends, so that lines lie side by side and do not cross.

    Args:
        ends: Of each line, the node, and where it comes from or goes on to.
        widths: Of the nodes.
    """
    lines: defaultdict[int, list[int]] = defaultdict(list)
    for index, (node, _) in enumerate(ends):
        lines[node].append(index)
    offsets = [0.0] * len(ends)
    for node, indexes in lines.items():
        gap = min(_PORT_GAP, 0.8 * widths[node] / len(indexes))
        for place, index in enumerate(sorted(indexes, key=lambda index: ends[index][1])):
            offsets[index] = round((place - (len(indexes) - 1) / 2) * gap, 1)
    return offsets


def labelled(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines with what is written on them, side by side where there is room."""
    placed = _Labels()
    for line in lines:
        if line.edge.when is None:
            yield line
            continue
        text = fitted(line.edge.when, LABEL_SIZE * _BOLD, _MAX_LABEL_WIDTH)
        width = text_width(text, LABEL_SIZE * _BOLD) + 2 * _LABEL_PADDING
        layer = line.stations[0].bottom
        places = [Label(text, *_on_curve(line, t), width) for t in _PLACES]
        label = next((each for each in places if placed.have_room(layer, each)), places[0])
        placed.add(layer, label)
        yield replace(line, label=label)


class _Labels:
    """Labels below layers, in columns so wide that none meets one that is beyond the next column."""

    def __init__(self) -> None:
        self._columns: defaultdict[tuple[float, int], list[Label]] = defaultdict(list)

    def have_room(self, layer: float, label: Label) -> bool:
        """Whether a label meets none of them; where there are too many, none has room."""
        column = self._column(label)
        near = [self._columns.get((layer, place), ()) for place in (column - 1, column, column + 1)]
        return all(len(found) < _MOST_IN_COLUMN and not any(map(label.meets, found)) for found in near)

    def add(self, layer: float, label: Label) -> None:
        self._columns[layer, self._column(label)].append(label)

    def _column(self, label: Label) -> int:
        return int(label.x // _COLUMN_WIDTH)


def _on_curve(line: Line, t: float) -> tuple[float, float]:
    """A point of a line's first curve, a cubic one whose ends are upright."""
    start, end = line.stations[:2]
    middle = (start.bottom + end.top) / 2
    x = start.x + (end.x - start.x) * (3 * t**2 - 2 * t**3)
    rest = 1 - t
    y = rest**3 * start.bottom + 3 * rest * t * middle + t**3 * end.top
    return round(x, 1), round(y, 1)
