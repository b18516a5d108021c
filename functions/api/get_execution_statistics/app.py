"""GET /executions/stats: what became of the executions that the caller may list, by hour or day."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import StatisticsQuery
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.statistics_schemas import StatisticsByPeriodAnswer
from workflows.services.execution_lists import ListFilter
from workflows.services.statistics import execution_statistics

app = build_resolver()


@app.get("/executions/stats", middlewares=[only_parameters(StatisticsQuery)])
@operation("executions", {HTTPStatus.OK: StatisticsByPeriodAnswer}, "not_found", anonymous=True)
def get_execution_statistics(query: Annotated[StatisticsQuery, Query()]) -> Response[str]:
    wanted = ListFilter(
        workflow_id=query.workflow_id, user_id=query.user_id, since=query.since, before=query.before
    )
    found = execution_statistics().get(caller(app), wanted, query.period)
    return json_response(HTTPStatus.OK, StatisticsByPeriodAnswer.of_all(query.period, found))


lambda_handler = handler(app)
