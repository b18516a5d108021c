"""PUT /secrets/{name}: set a secret that the caller's workflows may name."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import PutSecretBody, Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.user_schemas import SecretAnswer
from workflows.services.secrets import secrets

app = build_resolver()


@app.put("/secrets/<name>", middlewares=[only_parameters(Request)])
@operation(
    "secrets", {HTTPStatus.OK: SecretAnswer, HTTPStatus.CREATED: SecretAnswer}, "not_found", "limit_reached"
)
def put_secret(name: str, body: Annotated[PutSecretBody, Body()]) -> Response[str]:
    secret = secrets().put(caller(app), name, body.value)
    status = HTTPStatus.CREATED if secret.is_new else HTTPStatus.OK
    return json_response(status, SecretAnswer.of(secret))


lambda_handler = handler(app)
