"""The Lambda handler of every node function."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from workflows.adapters.task_tokens import send_failure
from workflows.domain.tool_answer import ToolAnswer
from workflows.runtime.errors import Interrupted, Stopped, Superseded, TryFailed
from workflows.runtime.loops import Turn
from workflows.runtime.node import NodeFunction
from workflows.runtime.nodes.inline import INLINE_NODES
from workflows.runtime.run_segment import TaskResult, run_segment
from workflows.runtime.segment import Segment
from workflows.runtime.stores import stores
from workflows.runtime.tool_calls import run_tool

_OURS = (TryFailed, Stopped, Superseded)


def node_handler(
    functions: Mapping[str, NodeFunction],
) -> Callable[[dict[str, Any], Any], TaskResult | Turn | ToolAnswer]:
    """A handler that runs segments of the inline node types and of `functions`, and agents' tools."""
    known = {**INLINE_NODES, **functions}

    def lambda_handler(event: dict[str, Any], context: Any) -> TaskResult | Turn | ToolAnswer:
        segment = Segment.from_event(event)
        deadline = time.time() + context.get_remaining_time_in_millis() / 1000
        if "tool" in event:
            return run_tool(segment, event["tool"], functions, stores(), deadline)
        try:
            return _run(segment, known, deadline)
        except Exception as error:
            if segment.token is None:
                raise
            # A Task that waits for a token ends by its token.
            send_failure(segment.token, type(error).__name__, str(error))
            return {}

    return lambda_handler


def _run(segment: Segment, functions: Mapping[str, NodeFunction], deadline: float) -> TaskResult | Turn:
    try:
        return run_segment(segment, functions, stores(), deadline)
    except _OURS:
        raise
    except Exception as error:
        # A table or bucket did not answer. Each step can be repeated, so the Task's Retry may do so.
        traceback.print_exc()
        raise Interrupted(type(error).__name__) from error
