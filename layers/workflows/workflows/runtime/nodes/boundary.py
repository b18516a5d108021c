"""`start` and `end`: where an execution's inputs come in, and where its result is made."""

from __future__ import annotations

from workflows.runtime.node import NodeContext, Outcome


def start(_: NodeContext) -> Outcome:
    return Outcome(passes_input=True)


def end(context: NodeContext) -> Outcome:
    if "output" in context.node.config:
        return Outcome(output=context.field("output"))
    return Outcome(passes_input=True)
