"""POST /executions/cancel: cancel all executions that a filter names."""

import time
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.audit import audit_part
from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import CancelExecutionsBody, Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import BulkCancelAnswer
from workflows.services.bulk_cancels import bulk_cancels
from workflows.services.execution_lists import ListFilter

_SECONDS = 20
"""Well before API Gateway's time-out of 29 s."""

app = build_resolver()


@app.post("/executions/cancel", middlewares=[only_parameters(Request)])
@operation("executions", {HTTPStatus.OK: BulkCancelAnswer}, "not_found")
def cancel_executions(body: Annotated[CancelExecutionsBody, Body()]) -> Response[str]:
    wanted = ListFilter(
        workflow_id=body.workflow_id, user_id=body.user_id, statuses=tuple(dict.fromkeys(body.status))
    )

    def tell(execution_id: str) -> None:
        audit_part(app.current_event.raw_event, "cancel_execution", {"execution_id": execution_id})

    done = bulk_cancels().cancel(caller(app), wanted, time.time() + _SECONDS, tell)
    return json_response(HTTPStatus.OK, BulkCancelAnswer.of(done))


lambda_handler = handler(app)
