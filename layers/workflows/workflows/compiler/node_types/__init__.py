"""The node types: what their configs hold, which handles they have, which function runs them.

A type is a module here, which says that; an entry in `_TYPES`; and a folder in `functions/nodes`, or for what
every function can run, a module in `runtime/nodes`.
"""

from __future__ import annotations

from collections.abc import Mapping

from workflows.compiler.node_types.agent import AGENT
from workflows.compiler.node_types.approval import APPROVAL
from workflows.compiler.node_types.boundary import END, START
from workflows.compiler.node_types.condition import CONDITION
from workflows.compiler.node_types.database import DATABASE
from workflows.compiler.node_types.delay import DELAY
from workflows.compiler.node_types.http import HTTP
from workflows.compiler.node_types.kind import NodeType
from workflows.compiler.node_types.lambda_function import LAMBDA
from workflows.compiler.node_types.loop import LOOP
from workflows.compiler.node_types.storage import STORAGE
from workflows.compiler.node_types.switch import SWITCH
from workflows.compiler.node_types.transform import TRANSFORM
from workflows.compiler.node_types.workflow import WORKFLOW

_TYPES = (
    START,
    END,
    TRANSFORM,
    CONDITION,
    SWITCH,
    HTTP,
    DELAY,
    LOOP,
    APPROVAL,
    WORKFLOW,
    STORAGE,
    DATABASE,
    LAMBDA,
    AGENT,
)

NODE_TYPES: Mapping[str, NodeType] = {kind.name: kind for kind in _TYPES}
"""By canonical name."""

_ALIASES = {"input": "start", "output": "end", "tool": "http", "aws_s3": "storage"}


def node_type(name: str) -> NodeType | None:
    """Returns the type of that name or alias."""
    return NODE_TYPES.get(_ALIASES.get(name, name))


def type_names() -> tuple[str, ...]:
    """Returns every name that a node's type may have."""
    return (*NODE_TYPES, *_ALIASES)


def names_of(kind: NodeType) -> tuple[str, ...]:
    """Returns the names that mean this type: its own, then its aliases."""
    return (kind.name, *(alias for alias, name in _ALIASES.items() if name == kind.name))


def is_branching(name: str) -> bool:
    """Whether nodes of this (canonical) type choose one of their handles."""
    return NODE_TYPES[name].handles is not None
