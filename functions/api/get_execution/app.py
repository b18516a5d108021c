"""GET /executions/{execution_id}: status, nodes, result, error and latest log lines."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.conditional import IF_NONE_MATCH, conditional_response
from workflows.http.operation import operation
from workflows.http.requests import WaitQuery
from workflows.http.resolver import build_resolver, handler, only_parameters, patience_seconds
from workflows.http.schemas import ExecutionAnswer
from workflows.services.executions import executions

_FRESH_SECONDS = 300
"""Of what changes no more; the links in it are good for three times as long."""

app = build_resolver()


@app.get("/executions/<execution_id>", middlewares=[only_parameters(WaitQuery)])
@operation(
    "executions",
    {HTTPStatus.OK: ExecutionAnswer, HTTPStatus.NOT_MODIFIED: None},
    "not_found",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER, IF_NONE_MATCH),
    tells=("ETag",),
)
def get_execution(execution_id: str, query: Annotated[WaitQuery, Query()]) -> Response[str]:
    view = executions().get(caller(app), execution_id, wait_seconds=patience_seconds(app, query.wait_seconds))
    # Links are signed anew each time.
    return conditional_response(
        app,
        ExecutionAnswer.of(view),
        untagged=view.links,
        fresh_seconds=_FRESH_SECONDS if view.is_final else 0,
    )


lambda_handler = handler(app)
