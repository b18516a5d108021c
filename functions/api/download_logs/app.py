"""GET /executions/{execution_id}/logs/download: a link to an execution's log as a file."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import DownloadAnswer, DownloadLogsQuery
from workflows.services.logs import LogFilter, log_downloads

app = build_resolver()


@app.get("/executions/<execution_id>/logs/download", middlewares=[only_parameters(DownloadLogsQuery)])
def download_logs(execution_id: str, query: Annotated[DownloadLogsQuery, Query()]) -> Response[str]:
    wanted = LogFilter(tuple(query.level), query.node_id)
    download = log_downloads().create(caller(app), execution_id, query.format, wanted)
    return json_response(HTTPStatus.FOUND, DownloadAnswer.of(download), {"Location": download.url})


lambda_handler = handler(app)
