"""GET /workflows: the caller's workflows, or all public ones."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import ListWorkflowsQuery
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import WorkflowListAnswer
from workflows.services.workflow_lists import WorkflowFilter, workflow_lists

app = build_resolver()


@app.get("/workflows", middlewares=[only_parameters(ListWorkflowsQuery)])
@operation("workflows", {HTTPStatus.OK: WorkflowListAnswer}, anonymous=True)
def list_workflows(query: Annotated[ListWorkflowsQuery, Query()]) -> Response[str]:
    wanted = WorkflowFilter(query.visibility, query.name, query.descending)
    page = workflow_lists().page(
        caller(app), wanted, offset=query.offset, cursor=query.cursor, limit=query.limit
    )
    return json_response(HTTPStatus.OK, WorkflowListAnswer.of(page, query.limit, query.offset))


lambda_handler = handler(app)
