"""Drawings of workflows as callers get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.http.answer import Answer

if TYPE_CHECKING:
    from workflows.services.graphs import WorkflowGraph


class PointAnswer(Answer):
    x: float
    y: float


class BoxAnswer(Answer):
    """A node in its place: `x` and `y` are of its left upper corner; `parent` is the loop that it is in."""

    id: str
    type: str
    name: str | None
    parent: str | None
    x: float
    y: float
    width: float
    height: float


class LineAnswer(Answer):
    """An edge, and the points that it goes through."""

    source: str
    target: str
    when: str | None
    points: list[PointAnswer]


class GraphAnswer(Answer):
    """Where all is in a drawing, in pixels from its left upper corner; each loop before the nodes in it."""

    workflow_id: str
    version: int
    width: float
    height: float
    nodes: list[BoxAnswer]
    edges: list[LineAnswer]

    @classmethod
    def of(cls, graph: WorkflowGraph) -> GraphAnswer:
        return cls(workflow_id=graph.workflow_id, version=graph.version, **graph.layout())
