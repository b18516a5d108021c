"""What may befall a function between two of its steps."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from tests.simulation.events import Signal
from tests.simulation.records import GivenUp, Killed, TaskError

_PER_STEP = 0.05
_MOST_SECONDS = 60.0
"""How long a function may hang that outlives its Task's try: beyond the next one and its node's lease."""

_Result = TypeVar("_Result")


@dataclass(slots=True)
class Interruptions:
    """Decides which functions are killed, and which outlive their Task's try.

    Attributes:
        left: How often that may happen yet.
    """

    random: Random | None
    left: int

    def among(
        self, steps: Generator[float | Signal, Any, _Result], give_up: Callable[[TaskError], None]
    ) -> Generator[float | Signal, Any, _Result]:
        """Takes a function's steps, as long as it lives.

        Args:
            steps: The function.
            give_up: Ends the try of its Task.

        Raises:
            Killed: The function was killed.
        """
        value = None
        while True:
            if self.left and self.random and self.random.random() < _PER_STEP:
                self.left -= 1
                if self.random.random() < 0.5:
                    raise Killed
                give_up(GivenUp())
                yield self.random.uniform(0, _MOST_SECONDS)
            try:
                wanted = steps.send(value)
            except StopIteration as stop:
                result: _Result = stop.value
                return result
            value = yield wanted
