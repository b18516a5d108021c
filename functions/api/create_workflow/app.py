"""POST /workflows: save a definition as a new workflow."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, location, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import WorkflowAnswer
from workflows.services.definitions import definitions

app = build_resolver()


@app.post("/workflows", middlewares=[only_parameters(Request)])
@operation(
    "workflows",
    {HTTPStatus.CREATED: WorkflowAnswer},
    "invalid_definition",
    "limit_reached",
    tells=("Location",),
)
def create_workflow(definition: Annotated[Any, Body()]) -> Response[str]:
    record = definitions().create(caller(app), definition)
    headers = {"Location": location(app, "workflows", record.workflow_id)}
    return json_response(HTTPStatus.CREATED, WorkflowAnswer.of(record), headers)


lambda_handler = handler(app)
