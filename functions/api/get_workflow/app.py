"""GET /workflows/{workflow_id}: a workflow with its current definition."""

import json
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.conditional import IF_NONE_MATCH, conditional_response
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.schemas import WorkflowAnswer
from workflows.services.workflows import workflows

app = build_resolver(validates=False)


@app.get("/workflows/<workflow_id>", middlewares=[only_parameters(Request)])
@operation(
    "workflows",
    {HTTPStatus.OK: WorkflowAnswer, HTTPStatus.NOT_MODIFIED: None},
    "not_found",
    anonymous=True,
    reads=(IF_NONE_MATCH,),
    tells=("ETag",),
)
def get_workflow(workflow_id: str) -> Response[str]:
    record, definition = workflows().get(caller(app), workflow_id)
    return conditional_response(app, WorkflowAnswer.of(record, json.loads(definition)))


lambda_handler = handler(app)
