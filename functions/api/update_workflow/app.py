"""PUT /workflows/{workflow_id}: save a definition as the next version of a workflow."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import WorkflowAnswer
from workflows.services.definitions import definitions

app = build_resolver()


@app.put("/workflows/<workflow_id>", middlewares=[only_parameters(Request)])
@operation("workflows", {HTTPStatus.OK: WorkflowAnswer}, "not_found", "conflict", "invalid_definition")
def update_workflow(workflow_id: str, definition: Annotated[Any, Body()]) -> Response[str]:
    record = definitions().update(caller(app), workflow_id, definition)
    return json_response(HTTPStatus.OK, WorkflowAnswer.of(record))


lambda_handler = handler(app)
