"""GET /secrets: the names of the caller's secrets."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.user_schemas import SecretListAnswer
from workflows.services.secrets import secrets

app = build_resolver(validates=False)


@app.get("/secrets", middlewares=[only_parameters(Request)])
@operation("secrets", {HTTPStatus.OK: SecretListAnswer})
def list_secrets() -> Response[str]:
    return json_response(HTTPStatus.OK, SecretListAnswer.of(secrets().list(caller(app))))


lambda_handler = handler(app)
