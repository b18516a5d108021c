"""GET /executions: the executions that the caller may see, by time."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import ListExecutionsQuery
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import ExecutionListAnswer
from workflows.services.execution_lists import ListFilter, execution_lists

app = build_resolver()


@app.get("/executions", middlewares=[only_parameters(ListExecutionsQuery)])
@operation("executions", {HTTPStatus.OK: ExecutionListAnswer}, "not_found", anonymous=True)
def list_executions(query: Annotated[ListExecutionsQuery, Query()]) -> Response[str]:
    wanted = ListFilter(
        workflow_id=query.workflow_id,
        user_id=query.user_id,
        label=query.label,
        statuses=tuple(dict.fromkeys(query.status)),
        since=query.since,
        before=query.before,
        newest_first=query.order == "desc",
    )
    page = execution_lists().page(
        caller(app), wanted, offset=query.offset, cursor=query.cursor, limit=query.limit
    )
    return json_response(HTTPStatus.OK, ExecutionListAnswer.of(page, query.limit, query.offset))


lambda_handler = handler(app)
