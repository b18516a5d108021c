"""POST /executions/{execution_id}/resume: carry on with a paused execution."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import StatusAnswer
from workflows.services.attempts import attempts

app = build_resolver(validates=False)


@app.post("/executions/<execution_id>/resume", middlewares=[only_parameters(Request)])
@operation(
    "executions",
    {HTTPStatus.OK: StatusAnswer},
    "not_found",
    "illegal_transition",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER,),
)
def resume_execution(execution_id: str) -> Response[str]:
    execution = attempts().resume(caller(app), execution_id)
    return json_response(HTTPStatus.OK, StatusAnswer.of(execution))


lambda_handler = handler(app)
