"""`transform`: makes a value out of other values."""

from __future__ import annotations

from workflows.compiler.fields import Field, anything
from workflows.compiler.node_types.kind import NodeType

TRANSFORM = NodeType(
    "transform",
    "Makes a value out of other values.",
    "the value",
    {"value": Field(anything, "The value, with expressions at any depth.", required=True)},
)
