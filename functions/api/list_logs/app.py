"""GET /executions/{execution_id}/logs: an execution's log lines."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import ListLogsQuery
from workflows.services.logs import LogFilter, logs

app = build_resolver()


@app.get("/executions/<execution_id>/logs", middlewares=[only_parameters(ListLogsQuery)])
def list_logs(execution_id: str, query: Annotated[ListLogsQuery, Query()]) -> Response[str]:
    execution, entries, total = logs().page(
        caller(app),
        execution_id,
        LogFilter(tuple(query.level), query.node_id),
        newest_first=query.order == "desc",
        offset=query.offset,
        limit=query.limit,
    )
    answer = {
        "execution_id": execution_id,
        "workflow_id": execution.workflow_id,
        "total_logs": total,
        "logs": [entry.to_json() for entry in entries],
        "limit": query.limit,
        "offset": query.offset,
    }
    return json_response(HTTPStatus.OK, answer)


lambda_handler = handler(app)
