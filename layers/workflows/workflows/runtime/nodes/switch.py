"""`switch`: chooses the first case whose expression is true."""

from __future__ import annotations

from workflows.runtime.expressions import is_truthy
from workflows.runtime.node import NodeContext, Outcome


def switch(context: NodeContext) -> Outcome:
    """Cases are tried in order; with none true and no default, only the plain edges are live."""
    for number, case in enumerate(context.node.config["cases"]):
        if is_truthy(context.resolve(case["when"], f"cases[{number}].when")):
            return _chosen(context, case["case"])
    return _chosen(context, context.node.config.get("default"))


def _chosen(context: NodeContext, case: str | None) -> Outcome:
    context.log.info("no case is true" if case is None else f"chose {case}")
    return Outcome(passes_input=True, branch=case)
