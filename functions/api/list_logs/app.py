"""GET /executions/{execution_id}/logs: an execution's log lines, also while they are written."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.log_schemas import LogListAnswer
from workflows.http.operation import operation
from workflows.http.requests import ListLogsQuery
from workflows.http.resolver import build_resolver, handler, only_parameters, patience_seconds
from workflows.http.response import json_response
from workflows.services.log_pages import LogQuery
from workflows.services.logs import logs

app = build_resolver()


@app.get("/executions/<execution_id>/logs", middlewares=[only_parameters(ListLogsQuery)])
@operation(
    "logs", {HTTPStatus.OK: LogListAnswer}, "not_found", anonymous=True, reads=(EXECUTION_SECRET_HEADER,)
)
def list_logs(execution_id: str, query: Annotated[ListLogsQuery, Query()]) -> Response[str]:
    wanted = LogQuery(
        wanted=query.wanted(),
        newest_first=query.order == "desc",
        offset=query.offset,
        limit=query.limit,
        cursor=query.cursor,
        wait_seconds=patience_seconds(app, query.wait_seconds),
    )
    page = logs().page(caller(app), execution_id, wanted)
    return json_response(HTTPStatus.OK, LogListAnswer.of(page, wanted))


lambda_handler = handler(app)
