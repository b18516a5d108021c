"""Random workflows with loops: any small graph, in it loops of each type, in them the same again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from hypothesis import strategies as st

from tests.faults.documents import Document

Draw = Callable[..., Any]

_ITEMS = st.lists(st.sampled_from([0, 7, -1.5, "x", None, True, [], [1], [1, 2], {"a": 1}]), max_size=4)
_MAX_DEPTH = 2


@st.composite
def workflows(draw: Draw) -> Document:
    """A workflow in which at least one node is a loop."""
    made = _graph(draw, count(), 0, [], ["loop", "node", "node"])
    return {"name": "random", "visibility": "public", **made}


def _graph(draw: Draw, numbers: Any, depth: int, readable: list[str], kinds: list[str]) -> Document:
    """A graph whose nodes are listed each after those before it.

    Args:
        numbers: For ids, which no other node of the workflow has.
        readable: The nodes before the loops around it.
    """
    chosen = (
        draw(st.permutations(kinds))[: draw(st.integers(1, len(kinds)))]
        if depth
        else draw(st.permutations(kinds))
    )
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []
    before: dict[str, set[str]] = {}
    for kind in chosen:
        node_id = f"n{next(numbers)}"
        sources = draw(st.lists(st.sampled_from(nodes), unique_by=id, max_size=2)) if nodes else []
        for source in sources:
            handles = (
                ["true", "false", None] if source["type"] == "condition" else [None, None, None, "error"]
            )
            when = draw(st.sampled_from(handles))
            edge = {"source": source["id"], "target": node_id}
            edges.append(edge | {"when": when} if when else edge)
        before[node_id] = {name for source in sources for name in (source["id"], *before[source["id"]])}
        known = [*readable, *sorted(before[node_id])]
        kind = draw(st.sampled_from(_TYPES[1 if depth else 0])) if kind == "node" else kind
        nodes.append(
            {
                "id": node_id,
                "type": kind,
                "join": draw(st.sampled_from(["any", "any", "all"])),
                "on_error": draw(st.sampled_from(["fail", "fail", "continue"])),
                "config": _config(draw, kind, node_id, numbers, depth, known),
            }
        )
    return {"nodes": nodes, "edges": edges}


_TYPES = (
    ["transform", "condition", "delay", "http"],
    ["transform", "transform", "transform", "condition", "condition", "delay", "http"],
)


def _config(
    draw: Draw, kind: str, node_id: str, numbers: Any, depth: int, known: list[str]
) -> dict[str, Any]:
    match kind:
        case "transform":
            return {"value": _value(draw, depth, known)}
        case "condition":
            return {"expression": "{{index % 2 = 0}}" if depth else "{{true}}"}
        case "delay":
            return {"seconds": 0}
        case "http":
            what = draw(st.sampled_from(["ok", "ok", "ok", "broken"]))
            return {"url": f"https://server/{what}/{node_id}", "timeout_seconds": 8}
    inner = ["node", "node", "loop", "node"] if depth + 1 < _MAX_DEPTH else ["node", "node", "node"]
    config = _loop(draw, depth)
    return {**config, "body": _graph(draw, numbers, depth + 1, known, inner)}


def _loop(draw: Draw, depth: int) -> dict[str, Any]:
    on_item_error = draw(st.sampled_from(["fail", "continue", "continue"]))
    kind = draw(st.sampled_from(["for_each", "for_each", "while", "until"]))
    common = {"loop_type": kind, "on_item_error": on_item_error}
    if kind == "for_each":
        # Of the items above, few are lists to be gone over in their turn.
        items = draw(_ITEMS) if not depth else draw(st.one_of(_ITEMS, st.just("{{item}}")))
        concurrency = draw(st.sampled_from([1, 2, 10]))
        most = draw(st.sampled_from([1_000, 1_000, 1_000, 2]))
        return {**common, "items": items, "max_concurrency": concurrency, "max_iterations": most}
    condition = f"{{{{index {'<' if kind == 'while' else '>='} {draw(st.integers(0, 3))}}}}}"
    return {**common, "condition": condition, "max_iterations": draw(st.sampled_from([100, 100, 2]))}


def _value(draw: Draw, depth: int, known: list[str]) -> Any:
    reads = [f"{{{{nodes.{node_id}.output}}}}" for node_id in known]
    if not depth:
        return draw(st.sampled_from([1, "text", "{{input}}", *reads]))
    fails = [f"{{{{index = {number} ? $error('no') : index}}}}" for number in (0, 1)]
    names = ["{{input}}", "{{item}}", "{{index}}", *reads, *fails]
    return draw(
        st.one_of(
            st.sampled_from(names),
            st.fixed_dictionaries({"a": st.sampled_from(names), "b": st.just("{{input}}")}),
        )
    )
