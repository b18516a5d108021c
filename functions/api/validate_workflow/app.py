"""POST /workflows/validate: say all that is wrong with a definition, and save nothing."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import ValidationAnswer
from workflows.services.validation import validate

app = build_resolver()


@app.post("/workflows/validate", middlewares=[only_parameters(Request)])
@operation("workflows", {HTTPStatus.OK: ValidationAnswer}, anonymous=True)
def validate_workflow(definition: Annotated[Any, Body()]) -> Response[str]:
    return json_response(HTTPStatus.OK, ValidationAnswer.of(validate(definition)))


lambda_handler = handler(app)
