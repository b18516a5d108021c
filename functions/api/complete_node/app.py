"""POST /executions/{execution_id}/nodes/{node_id}/complete: answer an approval."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import CompleteNodeBody, Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import CompletedNodeAnswer
from workflows.services.answers import Answer, answers

app = build_resolver()


@app.post("/executions/<execution_id>/nodes/<node_id>/complete", middlewares=[only_parameters(Request)])
@operation(
    "executions", {HTTPStatus.OK: CompletedNodeAnswer}, "not_found", "illegal_transition", "invalid_inputs"
)
def complete_node(
    execution_id: str, node_id: str, body: Annotated[CompleteNodeBody, Body()]
) -> Response[str]:
    given = Answer(body.decision, body.data, body.path)
    record = answers().complete(caller(app), execution_id, node_id, given)
    return json_response(HTTPStatus.OK, CompletedNodeAnswer.of(record))


lambda_handler = handler(app)
