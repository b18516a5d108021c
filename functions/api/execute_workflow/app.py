"""POST /workflows/{workflow_id}/execute: start an execution."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from workflows.http.caller import caller
from workflows.http.idempotency import IDEMPOTENCY_KEY, idempotency_key
from workflows.http.operation import operation
from workflows.http.requests import ExecuteBody, WaitQuery
from workflows.http.resolver import build_resolver, handler, location, only_parameters, patience_seconds
from workflows.http.response import json_response
from workflows.http.schemas import EndedAnswer, StartedAnswer
from workflows.services.executions import executions
from workflows.services.starts import Wanted, starts

app = build_resolver()


@app.post("/workflows/<workflow_id>/execute", middlewares=[only_parameters(WaitQuery)])
@operation(
    "workflows",
    {HTTPStatus.OK: EndedAnswer, HTTPStatus.ACCEPTED: StartedAnswer},
    "not_found",
    "invalid_inputs",
    "idempotency_key_reused",
    anonymous=True,
    reads=(IDEMPOTENCY_KEY,),
    tells=("Location",),
)
def execute_workflow(
    workflow_id: str, query: Annotated[WaitQuery, Query()], body: Annotated[ExecuteBody | None, Body()] = None
) -> Response[str]:
    who = caller(app)
    given = body or ExecuteBody()
    wanted = Wanted(
        inputs=given.inputs,
        labels=tuple(dict.fromkeys(given.labels)),
        version=given.version,
        webhook_url=given.webhook_url,
    )
    started = starts().execute(who, workflow_id, wanted, idempotency_key(app))
    execution_id = started.execution.execution_id
    headers = {"Location": location(app, "executions", execution_id)}
    if executions().wait(execution_id, patience_seconds(app, query.wait_seconds)):
        view = executions().get(who.with_secret(started.secret), execution_id)
        answer = EndedAnswer.of(view).model_copy(update=StartedAnswer.secret_of(started))
        return json_response(HTTPStatus.OK, answer, headers)
    return json_response(HTTPStatus.ACCEPTED, StartedAnswer.of(started), headers)


lambda_handler = handler(app)
