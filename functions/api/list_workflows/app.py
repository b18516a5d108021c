"""GET /workflows: the caller's workflows, or all public ones."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import ListWorkflowsQuery, WorkflowAnswer
from workflows.services.workflows import workflows

app = build_resolver()


@app.get("/workflows", middlewares=[only_parameters(ListWorkflowsQuery)])
def list_workflows(query: Annotated[ListWorkflowsQuery, Query()]) -> Response[str]:
    records, total = workflows().page(caller(app), query.visibility, query.offset, query.limit)
    answer = {
        "workflows": [WorkflowAnswer.of(record).to_json() for record in records],
        "total": total,
        "limit": query.limit,
        "offset": query.offset,
    }
    return json_response(HTTPStatus.OK, answer)


lambda_handler = handler(app)
