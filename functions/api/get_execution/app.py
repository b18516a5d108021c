"""GET /executions/{execution_id}: status, nodes, result, error and latest log lines."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import ExecutionAnswer, Request
from workflows.services.executions import executions

app = build_resolver(validates=False)


@app.get("/executions/<execution_id>", middlewares=[only_parameters(Request)])
def get_execution(execution_id: str) -> Response[str]:
    view = executions().get(caller(app), execution_id)
    return json_response(HTTPStatus.OK, ExecutionAnswer.of(view))


lambda_handler = handler(app)
