"""GET /executions/{execution_id}/nodes/{node_id}: what became of a node, its output and its file."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import NodeDetailAnswer
from workflows.services.nodes import nodes

app = build_resolver(validates=False)


@app.get("/executions/<execution_id>/nodes/<node_id>", middlewares=[only_parameters(Request)])
def get_node(execution_id: str, node_id: str) -> Response[str]:
    view = nodes().get(caller(app), execution_id, node_id)
    return json_response(HTTPStatus.OK, NodeDetailAnswer.of_view(view))


lambda_handler = handler(app)
