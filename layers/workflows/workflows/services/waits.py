"""Waits for the end of an execution, for callers who would rather wait than ask again."""

from __future__ import annotations

import time

from workflows.adapters.executions import ExecutionStore

_FIRST_SECONDS = 0.1
_MOST_SECONDS = 1.0
_GROWTH = 1.2
"""Of the pause from look to look: an end is told later by 0.1 s and a fifth of what it took, at most."""


def wait_for_end(executions: ExecutionStore, execution_id: str, seconds: float) -> bool:
    """Returns whether the execution has ended, as soon as it has, or after `seconds`.

    Each look is half a read unit or so; they come less often the longer it takes.
    """
    deadline = time.monotonic() + seconds
    pause = _FIRST_SECONDS
    while True:
        execution = executions.get(execution_id, consistent=False)
        # An eventually consistent read may not know yet what was written just now.
        if execution is not None and execution.is_terminal:
            return True
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * _GROWTH, _MOST_SECONDS)
