"""POST /executions/{execution_id}/replay: execute the same version again, with the same inputs or others."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.operation import operation
from workflows.http.requests import ReplayBody, Request
from workflows.http.resolver import build_resolver, handler, location, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import StartedAnswer
from workflows.services.starts import starts

app = build_resolver()


@app.post("/executions/<execution_id>/replay", middlewares=[only_parameters(Request)])
@operation(
    "executions",
    {HTTPStatus.ACCEPTED: StartedAnswer},
    "not_found",
    "invalid_inputs",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER,),
    tells=("Location",),
)
def replay_execution(execution_id: str, body: Annotated[ReplayBody | None, Body()] = None) -> Response[str]:
    started = starts().replay(caller(app), execution_id, body.inputs if body else None)
    headers = {"Location": location(app, "executions", started.execution.execution_id)}
    return json_response(HTTPStatus.ACCEPTED, StartedAnswer.of(started), headers)


lambda_handler = handler(app)
