"""GET /health: says that the API answers."""

from http import HTTPStatus
from typing import Literal

from aws_lambda_powertools.event_handler import Response

from workflows.http.answer import Answer
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response

app = build_resolver(validates=False)


class HealthAnswer(Answer):
    status: Literal["ok"]


@app.get("/health", middlewares=[only_parameters(Request)])
@operation("about", {HTTPStatus.OK: HealthAnswer}, anonymous=True)
def get_health() -> Response[str]:
    return json_response(HTTPStatus.OK, HealthAnswer(status="ok"))


lambda_handler = handler(app, audits=False)
