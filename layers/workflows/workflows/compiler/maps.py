"""The Map of a `for_each` loop: in the execution's own history while that has room for it, else Distributed.

An iteration of a Distributed Map is an execution of its own, with a history of its own; it costs the same
transitions (https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html).
"""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.asl import Branch, MapState
from workflows.compiler.measure import ITERATION_EVENTS, MAX_HISTORY_EVENTS, longest_path
from workflows.compiler.plan import Sequence, is_batch
from workflows.compiler.plans import batch_items_of
from workflows.domain.loop import batch_size
from workflows.domain.workflow import Graph, Node

MAX_INLINE_EVENTS = MAX_HISTORY_EVENTS * 3 // 5
"""Of all loops of a workflow together: what else there is needs room in the history, too, as retries do."""

MAX_INLINE_CONCURRENCY = 40
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: no more run at once."""

_IDS = {f"{name}.$": f"$.{name}" for name in ("execution_id", "workflow_id", "version", "attempt")}


def map_name(loop_id: str) -> str:
    return f"Map {loop_id}"


def turns_name(loop_id: str) -> str:
    return f"While {loop_id}"


def iterations_of(loop: Node) -> int:
    """Returns how many iterations the Map of a loop has at most."""
    items: int = loop.config["max_iterations"]
    if not (batch_items := batch_items_of(loop)):
        return items
    return -(-items // batch_size(items, loop.config["max_concurrency"], batch_items))


def all_iterations(graph: Graph) -> dict[str, int]:
    """Returns how many iterations each Map has at most, and turns each other loop, by its state's name."""
    return dict(_iterations(graph))


def _iterations(graph: Graph) -> Iterator[tuple[str, int]]:
    for node in graph.all_nodes():
        if node.body is not None and node.config["loop_type"] == "for_each":
            yield map_name(node.id), iterations_of(node)
        elif node.body is not None:
            yield turns_name(node.id), node.config["max_iterations"]


def map_state(loop: Node, body: Sequence, branch: Branch, loops: int) -> MapState:
    """Returns the Map of a loop, but for where it leads.

    Args:
        branch: The states of the body.
        loops: How many there are in the workflow.
    """
    if is_batch(body):
        item = {"path.$": "$.path", "items.$": "$$.Map.Item.Value"}
    else:
        item = {"path.$": f"States.Format('{{}}{loop.id}[{{}}]/', $.path, $$.Map.Item.Value)"}
    return {
        "Type": "Map",
        "ItemsPath": "$.result.items",
        "MaxConcurrency": loop.config["max_concurrency"],
        "ItemSelector": {**_IDS, **item},
        "ItemProcessor": {
            "ProcessorConfig": _processor_config(loop, branch, MAX_INLINE_EVENTS // loops),
            **branch,
        },
        # The items' outputs are nothing, a thousand times, and the state need not carry the items on.
        "ResultSelector": {"is_done": True},
        "ResultPath": "$.result",
    }


def _processor_config(loop: Node, branch: Branch, max_events: int) -> dict[str, str]:
    _, events = longest_path(branch, all_iterations(loop.body) if loop.body else {})
    is_long = iterations_of(loop) * (events + ITERATION_EVENTS) > max_events
    if is_long or loop.config["max_concurrency"] > MAX_INLINE_CONCURRENCY:
        return {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return {"Mode": "INLINE"}
