"""GET /workflows/{workflow_id}: a workflow with its current definition."""

import json

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.conditional import conditional_response
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.schemas import WorkflowAnswer
from workflows.services.workflows import workflows

app = build_resolver(validates=False)


@app.get("/workflows/<workflow_id>", middlewares=[only_parameters(Request)])
def get_workflow(workflow_id: str) -> Response[str]:
    record, definition = workflows().get(caller(app), workflow_id)
    return conditional_response(app, WorkflowAnswer.of(record, json.loads(definition)))


lambda_handler = handler(app)
