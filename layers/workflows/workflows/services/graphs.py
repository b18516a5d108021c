"""Draws the graphs of workflows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from workflows.adapters.stores import workflow_store
from workflows.adapters.workflows import WorkflowStore
from workflows.compiler.outlines import outline
from workflows.domain.access import Caller, can_read_version, require_workflow
from workflows.domain.errors import NotFound
from workflows.domain.workflow import Workflow
from workflows.drawing.mermaid import mermaid
from workflows.drawing.pictures import Picture, picture_of
from workflows.drawing.svg import style, svg_document


def picture_style() -> str:
    """The style sheet in each picture."""
    return style()


@dataclass(frozen=True, slots=True)
class WorkflowGraph:
    """The graph of a version of a workflow."""

    workflow_id: str
    version: int
    outline: Workflow

    def svg(self) -> str:
        """A picture, as a file."""
        return svg_document(self._picture(), self.outline.name)

    def mermaid(self) -> str:
        """The text of a Mermaid flowchart."""
        return mermaid(self.outline)

    def layout(self) -> dict[str, Any]:
        """Where all is in the picture, for who draws it in another way."""
        picture = self._picture()
        return {
            "width": picture.width,
            "height": picture.height,
            "nodes": [
                {
                    "id": box.node.id,
                    "type": box.node.type,
                    "name": box.node.name,
                    "parent": box.parent,
                    "x": box.x,
                    "y": box.y,
                    "width": box.width,
                    "height": box.height,
                }
                for box in picture.boxes
            ],
            "edges": [
                {
                    "source": line.edge.source,
                    "target": line.edge.target,
                    "when": line.edge.when,
                    "points": [{"x": x, "y": y} for x, y in line.points],
                }
                for line in picture.lines
            ],
        }

    def _picture(self) -> Picture:
        return picture_of(self.outline)


@dataclass(frozen=True, slots=True)
class Graphs:
    store: WorkflowStore

    def get(self, caller: Caller, workflow_id: str, version: int | None) -> WorkflowGraph:
        """The graph of a workflow.

        Args:
            version: The current one, if not given.

        Raises:
            NotFound: There is no such workflow or version, or the caller may not know of it.
        """
        record = require_workflow(caller, workflow_id, self.store.current(workflow_id))
        number = version or record.version
        if number != record.version:
            found = self.store.version(workflow_id, number)
            if found is None or not can_read_version(caller, record.owner_id, found.visibility):
                raise NotFound(f"workflow {workflow_id} has no version {number}")
        definition = self.store.definition(workflow_id, number)
        return WorkflowGraph(workflow_id, number, outline(json.loads(definition)))


@cache
def graphs() -> Graphs:
    return Graphs(workflow_store())
