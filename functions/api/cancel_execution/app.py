"""POST /executions/{execution_id}/cancel: stop an execution; no node starts from here on."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import CancelledAnswer
from workflows.services.ends import cancels

app = build_resolver(validates=False)


@app.post("/executions/<execution_id>/cancel", middlewares=[only_parameters(Request)])
@operation(
    "executions",
    {HTTPStatus.OK: CancelledAnswer},
    "not_found",
    "illegal_transition",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER,),
)
def cancel_execution(execution_id: str) -> Response[str]:
    execution = cancels().cancel(caller(app), execution_id)
    return json_response(HTTPStatus.OK, CancelledAnswer.of(execution))


lambda_handler = handler(app)
