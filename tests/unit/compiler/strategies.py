"""Random workflows for property tests."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.unit.compiler.definitions import node

_HANDLES = {
    "condition": ["true", "false", None, "error"],
    "switch": ["a", "b", None, "error"],
    "approval": ["approved", "rejected", None, "error"],
}
_ASKING = ("approval", "workflow")

_FIELDS = st.fixed_dictionaries(
    {"join": st.sampled_from(["any", "all"])},
    optional={
        "retry": st.fixed_dictionaries({"max_attempts": st.sampled_from([1, 1, 3])}),
        "timeout_seconds": st.sampled_from([10, 400]),
    },
)

Program = Any
"""A structured program: `leaf`, or a tuple of its kind and its parts."""


@st.composite
def graphs(draw: Callable[..., Any]) -> dict[str, Any]:
    """Any directed acyclic graph of up to 14 nodes, with every type, retries, time-outs and both joins."""
    kinds = draw(
        st.lists(
            st.sampled_from(["transform", "http", "http", "condition", "switch", "delay", *_ASKING]),
            min_size=1,
            max_size=14,
        )
    )
    nodes = [node(f"n{i}", kind, **draw(_FIELDS)) for i, kind in enumerate(kinds)]
    for each in nodes:
        if each["type"] in _ASKING:
            each.pop("timeout_seconds", None)
    pairs = [(i, j) for j in range(len(kinds)) for i in range(j)]
    edges = []
    for i, j in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=30)) if pairs else []:
        for when in draw(
            st.lists(st.sampled_from(_HANDLES.get(kinds[i], [None])), min_size=1, max_size=2, unique=True)
        ):
            edge = {"source": f"n{i}", "target": f"n{j}"}
            edges.append(edge | {"when": when} if when else edge)
    return {"nodes": nodes, "edges": edges}


_PROGRAMS: st.SearchStrategy[Program] = st.recursive(
    st.sampled_from(["transform", "delay", "workflow"]),
    lambda inner: st.one_of(
        st.tuples(st.just("sequence"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("parallel"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("if"), inner, st.none() | inner),
    ),
    max_leaves=10,
)


def structured() -> st.SearchStrategy[dict[str, Any]]:
    """Workflows of nested sequences, forks that join again, and if/else that join again."""
    return _PROGRAMS.map(lower)


def lower(program: Program) -> dict[str, Any]:
    """Returns the graph of a structured program."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []

    def add(kind: str) -> str:
        nodes.append(node(f"n{len(nodes)}", kind))
        return str(nodes[-1]["id"])

    def connect(source: str, target: str, when: str | None = None) -> None:
        edge = {"source": source, "target": target}
        edges.append(edge | {"when": when} if when else edge)

    def block(part: Program) -> tuple[str, str]:
        match part:
            case ("sequence", parts):
                ends = [block(inner) for inner in parts]
                for (_, last), (first, _) in pairwise(ends):
                    connect(last, first)
                return ends[0][0], ends[-1][1]
            case ("parallel", parts):
                fork = add("transform")
                ends = [block(inner) for inner in parts]
                join = add("transform")
                for first, last in ends:
                    connect(fork, first)
                    connect(last, join)
                return fork, join
            case ("if", then, otherwise):
                condition = add("condition")
                arms = [("true", block(then)), ("false", block(otherwise) if otherwise else None)]
                join = add("transform")
                for when, ends_of_arm in arms:
                    connect(condition, ends_of_arm[0] if ends_of_arm else join, when)
                    if ends_of_arm:
                        connect(ends_of_arm[1], join)
                return condition, join
            case _:
                only = add(part)
                return only, only

    block(program)
    return {"nodes": nodes, "edges": edges}
