"""A Task's Retry, from https://states-language.net, "Retrying after error"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from tests.simulation.records import Violation


class Retries:
    """The retriers of one Task as it is entered: "the retries are counted" anew with each entry."""

    def __init__(self, retriers: Sequence[Mapping[str, Any]], random: Random | None) -> None:
        """Prepares them.

        Args:
            retriers: In order.
            random: Draws the jitter; without it each delay is as long as it can be.
        """
        self._retriers = retriers
        self._random = random
        self._used = [0] * len(retriers)
        for retrier in retriers:
            names = retrier["ErrorEquals"]
            if "States.ALL" in names and (len(names) > 1 or retrier is not retriers[-1]):
                raise Violation("States.ALL stands alone and last")

    def delay_seconds(self, error: str) -> float | None:
        """Returns how long to wait before the next try after this error; None if there is none.

        The first retrier that names the error has it, even if it has no attempts left and another would.
        """
        for i, retrier in enumerate(self._retriers):
            if not {error, "States.ALL"}.isdisjoint(retrier["ErrorEquals"]):
                if self._used[i] >= retrier.get("MaxAttempts", 3):
                    return None
                self._used[i] += 1
                return self._delay_seconds(retrier, self._used[i])
        return None

    def _delay_seconds(self, retrier: Mapping[str, Any], attempt: int) -> float:
        delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** (attempt - 1)
        delay = min(delay, retrier.get("MaxDelaySeconds", delay))
        if retrier.get("JitterStrategy") == "FULL" and self._random:
            return self._random.uniform(0, delay)
        return float(delay)
