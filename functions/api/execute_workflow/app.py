"""POST /workflows/{workflow_id}/execute: start an execution."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.caller import caller
from workflows.http.resolver import build_resolver, handler, location
from workflows.http.response import json_response
from workflows.http.schemas import ExecuteBody, StartedAnswer
from workflows.services.starts import starts

app = build_resolver()


@app.post("/workflows/<workflow_id>/execute")
def execute_workflow(workflow_id: str, body: Annotated[ExecuteBody | None, Body()] = None) -> Response[str]:
    wanted = body or ExecuteBody()
    started = starts().execute(
        caller(app), workflow_id, wanted.inputs, labels=tuple(wanted.labels), version=wanted.version
    )
    headers = {"Location": location(app, "executions", started.execution.execution_id)}
    return json_response(HTTPStatus.ACCEPTED, StartedAnswer.of(started), headers)


lambda_handler = handler(app)
