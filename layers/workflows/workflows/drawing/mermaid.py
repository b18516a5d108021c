"""A workflow as a flowchart of Mermaid: https://mermaid.js.org/syntax/flowchart.html."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workflows.domain.workflow import Graph, Node, Workflow
from workflows.drawing.pictures import CLEAN_UP

_SHAPES: Mapping[str, tuple[str, str]] = {
    "start": ("([", "])"),
    "end": ("([", "])"),
    "condition": ("{", "}"),
    "switch": ("{", "}"),
    "delay": ("(", ")"),
    "approval": ("[/", "/]"),
    "workflow": ("[[", "]]"),
    "storage": ("[(", ")]"),
    "database": ("[(", ")]"),
}
"""Around a node's name; others are rectangles."""


def mermaid(workflow: Workflow) -> str:
    """The text of a flowchart: its nodes are n1, n2 and so on, as ids may be words of the language."""
    names = {node.id: f"n{number}" for number, node in enumerate(_all_nodes(workflow), start=1)}
    lines = ["flowchart TD", *_lines(workflow, names, "  ")]
    if workflow.on_cancel:
        lines += [f'  subgraph {CLEAN_UP}["After a cancel"]']
        lines += [*_lines(workflow.on_cancel.graph, names, "    "), "  end"]
    return "\n".join(lines) + "\n"


def _all_nodes(workflow: Workflow) -> Iterator[Node]:
    yield from workflow.all_nodes()
    if workflow.on_cancel:
        yield from workflow.on_cancel.graph.all_nodes()


def _lines(graph: Graph, names: Mapping[str, str], indent: str) -> Iterator[str]:
    for node in graph.nodes:
        name, text = names[node.id], _quoted(node.name or node.id)
        if node.body:
            yield f"{indent}subgraph {name}[{text}]"
            yield from _lines(node.body, names, f"{indent}  ")
            yield f"{indent}end"
        else:
            before, after = _SHAPES.get(node.type, ("[", "]"))
            yield f"{indent}{name}{before}{text}{after}"
    for edge in graph.edges:
        label = f"|{_quoted(edge.when)}|" if edge.when is not None else ""
        yield f"{indent}{names[edge.source]} -->{label} {names[edge.target]}"


def _quoted(text: str) -> str:
    """A text in quotes in which nothing is of the language, nor markup: that is written by its numbers."""
    safe = "".join(
        character if character.isalnum() or character in " -_.,:()/" else f"#{ord(character)};"
        for character in text
    )
    return f'"{safe}"'
