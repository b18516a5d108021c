"""`start` and `end`: where the inputs come in, and where the result is made."""

from __future__ import annotations

from workflows.compiler.fields import Field, anything
from workflows.compiler.node_types.kind import NodeType

START = NodeType("start", "Where an execution begins: its output is the inputs.", {})

END = NodeType("end", "Where an execution ends: its output is the result.", {"output": Field(anything)})
