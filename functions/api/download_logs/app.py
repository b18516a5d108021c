"""GET /executions/{execution_id}/logs/download: a link to an execution's log as a file."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import EXECUTION_SECRET_HEADER, caller
from workflows.http.encodings import takes_gzip
from workflows.http.log_schemas import DownloadAnswer
from workflows.http.operation import operation
from workflows.http.requests import DownloadLogsQuery
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.services.log_downloads import log_downloads

app = build_resolver()


@app.get("/executions/<execution_id>/logs/download", middlewares=[only_parameters(DownloadLogsQuery)])
@operation(
    "logs",
    {HTTPStatus.FOUND: DownloadAnswer},
    "not_found",
    anonymous=True,
    reads=(EXECUTION_SECRET_HEADER,),
    tells=("Location",),
)
def download_logs(execution_id: str, query: Annotated[DownloadLogsQuery, Query()]) -> Response[str]:
    # Whoever follows the link asks in the same way, and S3 answers with what is stored.
    is_gzip = takes_gzip(app.current_event.headers.get("accept-encoding"))
    download = log_downloads().create(
        caller(app), execution_id, query.format, query.wanted(), takes_gzip=is_gzip
    )
    return json_response(HTTPStatus.FOUND, DownloadAnswer.of(download), {"Location": download.url})


lambda_handler = handler(app)
