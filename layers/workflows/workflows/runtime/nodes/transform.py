"""`transform`: makes a value out of other values."""

from __future__ import annotations

from workflows.runtime.node import NodeContext, Outcome


def transform(context: NodeContext) -> Outcome:
    return Outcome(output=context.field("value"))
