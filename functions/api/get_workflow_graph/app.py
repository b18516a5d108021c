"""GET /workflows/{workflow_id}/graph: a drawing of a workflow."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.graph_formats import GRAPH_TYPES, SVG_HEADERS, fitting, format_of
from workflows.http.graph_schemas import GraphAnswer
from workflows.http.operation import operation
from workflows.http.requests import GraphQuery
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response, text_response
from workflows.services.graphs import graphs

app = build_resolver()


@app.get("/workflows/<workflow_id>/graph", middlewares=[only_parameters(GraphQuery)])
@operation(
    "workflows",
    {HTTPStatus.OK: ("image/svg+xml", "text/vnd.mermaid", GraphAnswer)},
    "not_found",
    "request_too_large",
    anonymous=True,
)
def get_workflow_graph(workflow_id: str, query: Annotated[GraphQuery, Query()]) -> Response[str]:
    graph = graphs().get(caller(app), workflow_id, query.version)
    graph_format = query.format or format_of(app.current_event.headers.get("accept"))
    if graph_format == "json":
        return fitting(json_response(HTTPStatus.OK, GraphAnswer.of(graph)))
    if graph_format == "mermaid":
        return fitting(text_response(graph.mermaid(), GRAPH_TYPES["mermaid"]))
    return fitting(text_response(graph.svg(), GRAPH_TYPES["svg"], SVG_HEADERS))


lambda_handler = handler(app)
