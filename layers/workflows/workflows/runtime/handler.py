"""The Lambda handler of every node function."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from workflows.runtime.errors import Interrupted, NodeFailed, NotRunnable, Superseded, TryFailed
from workflows.runtime.node import NodeFunction
from workflows.runtime.nodes.inline import INLINE_NODES
from workflows.runtime.run_segment import TaskResult, run_segment
from workflows.runtime.segment import Segment
from workflows.runtime.stores import stores

_OURS = (TryFailed, NodeFailed, NotRunnable, Superseded)


def node_handler(functions: Mapping[str, NodeFunction]) -> Callable[[dict[str, Any], Any], TaskResult]:
    """A handler that runs segments of the inline node types and of those in `functions`."""
    known = {**INLINE_NODES, **functions}

    def lambda_handler(event: dict[str, Any], context: Any) -> TaskResult:
        deadline = time.time() + context.get_remaining_time_in_millis() / 1000
        try:
            return run_segment(Segment.from_event(event), known, stores(), deadline)
        except _OURS:
            raise
        except Exception as error:
            # A table or bucket did not answer. Each step can be repeated, so the Task's Retry may do so.
            traceback.print_exc()
            raise Interrupted(type(error).__name__) from error

    return lambda_handler
