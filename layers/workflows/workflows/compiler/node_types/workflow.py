"""`workflow`: executes another workflow, and goes on with its result."""

from __future__ import annotations

from workflows.compiler.fields import Field, an_object, integer, or_expression, text
from workflows.compiler.node_types.kind import NodeType

MAX_VERSION = 999_999

WORKFLOW = NodeType(
    "workflow",
    "Executes another workflow, as an execution of its own.",
    "that one's result",
    {
        "workflow_id": Field(text(), "A workflow that this one's owner may execute.", required=True),
        "inputs": Field(or_expression(an_object), "Its inputs.", default={}),
        "version": Field(integer(1, MAX_VERSION), "Which version; else the current one.", default=None),
    },
    function="workflow",
    # To start it; how long it takes is its own business.
    bound_seconds=lambda _: 30.0,
    suspension="token",
)
