"""POST /executions/{execution_id}/retry: carry on with a failed execution, from what failed."""

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


@app.post("/executions/<execution_id>/retry", middlewares=[only_parameters(Request)])
@operation(
    "executions",
    {HTTPStatus.OK: StatusAnswer},
    "not_found",
    "illegal_transition",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER,),
)
def retry_execution(execution_id: str) -> Response[str]:
    execution = attempts().retry(caller(app), execution_id)
    return json_response(HTTPStatus.OK, StatusAnswer.of(execution))


lambda_handler = handler(app)
