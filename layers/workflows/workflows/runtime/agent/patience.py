"""Asks a model again that is busy, for as long as there is time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from workflows.domain.conversation import ModelAnswer, ModelRequest
from workflows.domain.errors import ModelBusy, NodeError
from workflows.runtime.node import NodeContext

Model = Callable[[ModelRequest, Callable[[], None], float], ModelAnswer]
"""Asks once: a request, what to call once a second meanwhile, and how many seconds there are."""

MAX_TRIES = 5
_FIRST_SECONDS = 1.0
_LONGEST_SECONDS = 20.0


@dataclass
class Patience:
    """What a node may spend on its conversation.

    Attributes:
        sleep: Waits between tries.
    """

    context: NodeContext
    sleep: Callable[[float], None] = time.sleep
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._until = min(time.time() + self.context.bound_seconds, self.context.deadline)

    def seconds_left(self) -> float:
        """How long the node may still work.

        Raises:
            NodeError: No longer at all.
        """
        left = self._until - time.time()
        if left <= 0:
            raise NodeError(
                "agent_timeout", "the conversation takes longer than the node may", retryable=True
            )
        return left

    def on_wait(self) -> None:
        """To be called once a second while something is waited for."""
        self.context.log.tick()
        self.context.cancellation.check()

    def ask(self, model: Model, request: ModelRequest) -> ModelAnswer:
        """Ask until the model has the time, at most `MAX_TRIES` times.

        Raises:
            NodeError: It has none, or cannot answer for another reason.
        """
        for number in range(1, MAX_TRIES + 1):
            try:
                return model(request, self.on_wait, self.seconds_left())
            except ModelBusy as error:
                pause = max(error.retry_after_seconds, _pause_seconds(number))
                if number == MAX_TRIES or pause >= self._until - time.time():
                    raise
                self.context.log.warning(f"{error.detail}, asking again in {pause:.1f} s")
                self._wait(pause)
        raise AssertionError("the last try returns or raises")

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.sleep(min(1.0, left))
            self.on_wait()


def _pause_seconds(number: int) -> float:
    """Doubled with each try, and a part of it left to chance: others wait for the same model."""
    longest = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** (number - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311  (it spreads load, it hides nothing)
