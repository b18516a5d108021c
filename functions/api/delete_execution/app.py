"""DELETE /executions/{execution_id}: remove an execution that has ended, with its logs and data."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import empty_response
from workflows.services.deletions import deletions

app = build_resolver(validates=False)


@app.delete("/executions/<execution_id>", middlewares=[only_parameters(Request)])
@operation(
    "executions",
    {HTTPStatus.NO_CONTENT: None},
    "not_found",
    "illegal_transition",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER,),
)
def delete_execution(execution_id: str) -> Response[str]:
    deletions().delete(caller(app), execution_id)
    return empty_response()


lambda_handler = handler(app)
