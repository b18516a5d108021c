"""`start` and `end`: where the inputs come in, and where the result is made."""

from __future__ import annotations

from workflows.compiler.fields import Field, anything
from workflows.compiler.node_types.kind import NodeType

START = NodeType("start", "Where an execution begins.", "the execution's inputs", {})

END = NodeType(
    "end",
    "Where an execution ends, and what makes its result.",
    "`output`, or its input",
    {"output": Field(anything, "The execution's result; else the node's input is.")},
)
