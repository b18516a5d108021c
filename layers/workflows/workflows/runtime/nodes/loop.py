"""`loop`: begins, with the items that it goes over, or by the condition on which it goes round."""

from __future__ import annotations

from workflows.domain.errors import NodeError
from workflows.runtime.expressions import is_truthy
from workflows.runtime.node import NodeContext, Outcome


def loop(context: NodeContext) -> Outcome:
    """The items are worked out once, and stay what they are whatever happens to the execution.

    Raises:
        NodeError: They are no list, or more than they may be.
    """
    config = context.node.config
    if config["loop_type"] == "until":
        return Outcome(passes_input=True, iterations=0, is_turning=True)
    if config["loop_type"] == "while":
        holds = is_truthy(context.resolve(config["condition"], "condition", {"index": 0}))
        return Outcome(passes_input=True, iterations=0, is_turning=holds)
    items = context.field("items")
    if not isinstance(items, list):
        raise NodeError("loop_items_invalid", "items: must be a list")
    if len(items) > config["max_iterations"]:
        raise NodeError(
            "loop_too_long",
            f"items: there are {len(items)}, more than max_iterations, {config['max_iterations']}",
        )
    context.log.info(f"goes over {len(items)} items")
    return Outcome(output=items, iterations=len(items))
