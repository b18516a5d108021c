"""Tells nodes that are under way that their execution was cancelled."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.executions import ExecutionStore
from workflows.domain.times import now
from workflows.runtime.errors import Cancelled

_SECONDS = 1.0


@dataclass
class Cancellation:
    """Asks about an execution at most once a second, so short nodes never do.

    A pause or a failure elsewhere is no reason to leave off: what is under way finishes and keeps its result.
    """

    executions: ExecutionStore
    execution_id: str
    attempt: int
    _asked_at: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Go on, unless the execution was cancelled or is gone.

        Node code calls this now and then, wherever it could leave off; logging does so, too.

        Raises:
            Cancelled: Clean up and let it pass.
        """
        if time.monotonic() - self._asked_at < _SECONDS:
            return
        self._asked_at = time.monotonic()
        try:
            execution = self.executions.get(self.execution_id, consistent=False)
        except SERVICE_FAILURES:
            return  # It is asked again in a second.
        if execution is None or (
            execution.status == "cancelled" and not execution.lets_run(self.attempt, now())
        ):
            raise Cancelled
