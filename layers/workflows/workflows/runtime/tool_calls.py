"""Does the work of an agent's tool in the function of the tool's type, which alone has the rights for it.

The agent's function says which tool of which node, and what the model gives it. All else comes from the
version's records, as for a node: whoever can invoke this function can do no more than the workflow says.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict

from workflows.domain.errors import NodeError
from workflows.domain.tool_answer import ToolAnswer, error_answer, output_answer
from workflows.domain.workflow import JsonValue, Node
from workflows.runtime.environment import PayloadReader
from workflows.runtime.errors import Cancelled, Stopped
from workflows.runtime.guard import NodeGuard
from workflows.runtime.node import NodeContext, NodeFunction
from workflows.runtime.node_call import call_node
from workflows.runtime.segment import Segment
from workflows.runtime.specs import load_specs
from workflows.runtime.stores import Stores

_MARGIN_SECONDS = 3.0
"""Kept free before the function's own end."""


class ToolCall(TypedDict):
    """What an agent's function asks for.

    Attributes:
        node_id: The agent.
        name: Its tool.
        args: What the model gives.
        call_key: The same for each try of the same call.
        seconds: How long the agent waits for it.
    """

    node_id: str
    name: str
    args: JsonValue
    call_key: str
    seconds: float


def run_tool(
    segment: Segment, call: ToolCall, functions: Mapping[str, NodeFunction], stores: Stores, deadline: float
) -> ToolAnswer:
    """Do a tool's work, on behalf of an agent that is under way.

    Args:
        segment: The agent's, for its ids alone.
        functions: By node type.
        deadline: Unix time at which this function is killed.
    """
    node_id = call["node_id"]
    spec = load_specs(segment, (node_id,), stores)[node_id]
    tool = next(tool for tool in spec.node.config["tools"] if tool["name"] == call["name"])
    payloads = PayloadReader(stores.payloads, segment.execution_id)
    guard = NodeGuard(segment, spec, functions, stores, payloads, deadline)
    try:
        environment = replace(guard.environment_under_way(), known={"args": call["args"]})
        context = NodeContext(
            node=Node(node_id, tool["type"], tool["config"]),
            environment=environment,
            log=guard.log,
            deadline=min(deadline - _MARGIN_SECONDS, time.time() + call["seconds"]),
            bound_seconds=min(tool["bound_seconds"], call["seconds"]),
            cancellation=guard.cancellation,
            idempotency_key=call["call_key"],
            record=environment.snapshot.nodes[node_id],
        )
        guard.log.on_flush = guard.cancellation.check
        output = call_node(functions, context).output
        # A server may answer with what it was sent.
        return output_answer(guard.log.masks.hide(output))
    except NodeError as error:
        return error_answer(error.code, guard.log.masks.apply(error.detail))
    except (Cancelled, Stopped):
        return error_answer("stopped", "the execution has ended")
    finally:
        guard.log.on_flush = _nothing
        guard.log.close()


def _nothing() -> None:
    pass
