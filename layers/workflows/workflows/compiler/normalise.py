"""From a document to a valid workflow, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.compiler.documents import is_react_flow, known_only
from workflows.compiler.fields import (
    Field,
    Fields,
    a_list,
    an_object,
    integer,
    one_of,
    read_fields,
    text,
)
from workflows.compiler.graphs import GraphDraft, part_problems, read_graph
from workflows.domain.errors import Invalid, Problem
from workflows.domain.inputs_schema import schema_problems
from workflows.domain.workflow import JsonValue, OnCancel, Workflow

MAX_ON_CANCEL_NODES = 50

WORKFLOW_FIELDS: Fields = {
    "name": Field(text(1, 200), "What it is called, in lists too.", default="workflow"),
    "description": Field(text(0, 10_000), "What it is for.", default=None),
    "visibility": Field(
        one_of("private", "public"), "Public: everybody may read and execute it.", default="private"
    ),
    "variables": Field(
        an_object, "Values that expressions may name; an input of the same name overlays one.", default={}
    ),
    "inputs_schema": Field(an_object, "A JSON Schema that inputs must fulfil.", default=None),
    "timeout_seconds": Field(
        integer(1, 31_536_000), "How long an execution may take, pauses aside.", default=None
    ),
    "max_concurrent_executions": Field(
        integer(1, 1_000), "How many executions run at once; the surplus waits its turn.", default=None
    ),
    "on_cancel": Field(an_object, "What runs after a cancel.", default=None),
    "nodes": Field(a_list, "What is done.", required=True),
    "edges": Field(a_list, "In which order.", default=[]),
}
ON_CANCEL_FIELDS: Fields = {
    "nodes": Field(a_list, "Their ids differ from the others', whose outputs they may read.", required=True),
    "edges": Field(a_list, "In which order.", default=[]),
    "timeout_seconds": Field(integer(1, 3_600), "How long the clean-up may take.", default=300),
}


def normalise(document: JsonValue) -> Workflow:
    """Returns the workflow that a document defines, in the plain style or React Flow's.

    Args:
        document: Nests no deeper than JSON may here (`payload.MAX_DEPTH`).

    Raises:
        Invalid: With all problems: the workflow's own, then those of nodes, edges, graph and expressions.
    """
    if not isinstance(document, dict):
        raise _invalid([Problem("", "a definition must be a JSON object")])
    react_flow = is_react_flow(document)
    settings, problems = read_fields(
        known_only(document, WORKFLOW_FIELDS) if react_flow else document, WORKFLOW_FIELDS, ""
    )
    problems += part_problems("/variables", settings.get("variables"))
    if settings.get("inputs_schema") is not None:
        problems += schema_problems(settings["inputs_schema"], "/inputs_schema")
    graph, found = read_graph("", settings.pop("nodes", None), settings.pop("edges", []), react_flow)
    problems += found
    on_cancel, found = _read_on_cancel(settings.pop("on_cancel", None), graph)
    problems += found
    if problems or graph is None:
        raise _invalid(problems)
    valid = graph.valid()
    return Workflow(valid.nodes, valid.edges, on_cancel=on_cancel, **settings)


def _read_on_cancel(
    document: dict[str, JsonValue] | None, before: GraphDraft | None
) -> tuple[OnCancel | None, list[Problem]]:
    """Reads the clean-up, whose nodes may read the outputs of all the workflow's."""
    if document is None:
        return None, []
    settings, problems = read_fields(document, ON_CANCEL_FIELDS, "/on_cancel")
    graph, found = read_graph(
        "/on_cancel",
        settings.pop("nodes", None),
        settings.pop("edges", []),
        is_react_flow(document),
        before=before,
        max_nodes=MAX_ON_CANCEL_NODES,
    )
    problems += found
    if problems or graph is None:
        return None, problems
    return OnCancel(graph.valid(), settings["timeout_seconds"]), []


def _invalid(problems: Sequence[Problem]) -> Invalid:
    rest = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Invalid(
        f"{problems[0].pointer}: {problems[0].detail}{rest}".lstrip(": "), problems=tuple(problems)
    )
