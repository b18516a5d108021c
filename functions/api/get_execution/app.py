"""GET /executions/{execution_id}: status, nodes, result, error and latest log lines."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.resolver import build_resolver, handler, only_parameters, patience_seconds
from workflows.http.response import json_response
from workflows.http.schemas import ExecutionAnswer, WaitQuery
from workflows.services.executions import executions

app = build_resolver()


@app.get("/executions/<execution_id>", middlewares=[only_parameters(WaitQuery)])
def get_execution(execution_id: str, query: Annotated[WaitQuery, Query()]) -> Response[str]:
    view = executions().get(caller(app), execution_id, wait_seconds=patience_seconds(app, query.wait_seconds))
    return json_response(HTTPStatus.OK, ExecutionAnswer.of(view))


lambda_handler = handler(app)
