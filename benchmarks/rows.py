"""The figures of a part of the benchmarks, as they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        what: What was measured.
        value: The figure with its unit, as text.
        target: What it should be; empty where it is there for information.
        distance: How far the target is missed; empty where it is met.
        reason: Why, as far as it is known.
    """

    what: str
    value: str
    target: str = ""
    distance: str = ""
    reason: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target is met; empty where there is none."""
        if not self.distance:
            return "yes" if self.target else ""
        return f"NO, {self.distance}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a part puts its figures.

    Attributes:
        put: Called with each row at once, so that it is seen while the next one is measured.
    """

    put: Callable[[Row], None]

    def add(self, what: str, value: str) -> None:
        """A figure that is there for information."""
        self.put(Row(what, value))

    def at_most(self, what: str, value: float, most: float, form: str = "{:.2f}", reason: str = "") -> None:
        """A figure that should not be larger.

        Args:
            what: What was measured.
            value: The figure.
            most: The target.
            form: How both are written, with their unit: "{:.2f} x".
            reason: Why it is missed, should it be.
        """
        distance = "" if value <= most else _distance(value - most, most, "over")
        self.put(_judged(what, value, f"<= {form.format(most)}", form, distance, reason))

    def at_least(self, what: str, value: float, least: float, form: str = "{:.2f}", reason: str = "") -> None:
        """A figure that should not be smaller; arguments as of `at_most`."""
        distance = "" if value >= least else _distance(least - value, least, "under")
        self.put(_judged(what, value, f">= {form.format(least)}", form, distance, reason))


def _judged(what: str, value: float, target: str, form: str, distance: str, reason: str) -> Row:
    return Row(what, form.format(value), target, distance, reason if distance else "")


def _distance(difference: float, target: float, side: str) -> str:
    return f"{difference / target:.1%} {side}" if target else f"{difference:g} {side}"
