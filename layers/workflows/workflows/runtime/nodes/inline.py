"""The node types that are code in the shared layer: they ride with a neighbour of any type."""

from __future__ import annotations

from workflows.runtime.node import NodeFunction
from workflows.runtime.nodes.approval import APPROVAL
from workflows.runtime.nodes.boundary import end, start
from workflows.runtime.nodes.condition import condition
from workflows.runtime.nodes.delay import delay
from workflows.runtime.nodes.loop import loop
from workflows.runtime.nodes.switch import switch
from workflows.runtime.nodes.transform import transform

INLINE_NODES: dict[str, NodeFunction] = {
    "start": start,
    "end": end,
    "transform": transform,
    "condition": condition,
    "switch": switch,
    "delay": delay,
    "loop": loop,
    "approval": APPROVAL,
}
