"""A table that is printed row by row, as the figures come."""

from __future__ import annotations

from dataclasses import dataclass

_WHAT_WIDTH = 82
_WIDTHS = (11, 9, 3)


@dataclass
class Rows:
    """
    Attributes:
        missed: How many targets are not met.
    """

    missed: int = 0

    def head(self) -> None:
        _print("", "figure", "target", "met")

    def add(self, what: str, figure: str) -> None:
        """A figure that is there for information."""
        _print(what, figure)

    def judge(self, what: str, figure: str, target: str, *, is_met: bool) -> None:
        """A figure that has a target."""
        self.missed += not is_met
        _print(what, figure, target, "yes" if is_met else "NO")


def _print(what: str, *cells: str) -> None:
    others = [f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=False)]
    print(" ".join([f"{what:<{_WHAT_WIDTH}}", *others]).rstrip(), flush=True)
