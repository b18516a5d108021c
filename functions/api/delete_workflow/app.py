"""DELETE /workflows/{workflow_id}: delete a workflow; its executions stay."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import empty_response
from workflows.services.workflows import workflows

app = build_resolver(validates=False)


@app.delete("/workflows/<workflow_id>", middlewares=[only_parameters(Request)])
@operation("workflows", {HTTPStatus.NO_CONTENT: None}, "not_found")
def delete_workflow(workflow_id: str) -> Response[str]:
    workflows().delete(caller(app), workflow_id)
    return empty_response()


lambda_handler = handler(app)
