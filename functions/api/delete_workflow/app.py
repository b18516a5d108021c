"""DELETE /workflows/{workflow_id}: delete a workflow; its executions stay."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.resolver import build_resolver, handler
from workflows.services.workflows import workflows

app = build_resolver(validates=False)


@app.delete("/workflows/<workflow_id>")
def delete_workflow(workflow_id: str) -> Response[str]:
    workflows().delete(caller(app), workflow_id)
    return Response(HTTPStatus.NO_CONTENT)


lambda_handler = handler(app)
