"""GET /executions/{execution_id}/nodes/{node_id}: what became of a node, its output and its file."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.operation import operation
from workflows.http.requests import NodeQuery
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import NodeDetailAnswer
from workflows.services.nodes import nodes

app = build_resolver()


@app.get("/executions/<execution_id>/nodes/<node_id>", middlewares=[only_parameters(NodeQuery)])
@operation(
    "executions",
    {HTTPStatus.OK: NodeDetailAnswer},
    "not_found",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER,),
)
def get_node(execution_id: str, node_id: str, query: Annotated[NodeQuery, Query()]) -> Response[str]:
    view = nodes().get(caller(app), execution_id, node_id, query.path)
    return json_response(HTTPStatus.OK, NodeDetailAnswer.of_view(view))


lambda_handler = handler(app)
