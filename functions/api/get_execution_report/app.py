"""GET /executions/{execution_id}/report: a link to a page that shows an execution."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import ReportAnswer
from workflows.services.reports import reports

app = build_resolver(validates=False)


@app.get("/executions/<execution_id>/report", middlewares=[only_parameters(Request)])
@operation(
    "executions",
    {HTTPStatus.FOUND: ReportAnswer},
    "not_found",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER,),
    tells=("Location",),
)
def get_execution_report(execution_id: str) -> Response[str]:
    report = reports().create(caller(app), execution_id)
    return json_response(HTTPStatus.FOUND, ReportAnswer.of(report), {"Location": report.url})


lambda_handler = handler(app)
