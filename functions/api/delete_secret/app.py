"""DELETE /secrets/{name}: delete a secret of the caller's."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import empty_response
from workflows.services.secrets import secrets

app = build_resolver(validates=False)


@app.delete("/secrets/<name>", middlewares=[only_parameters(Request)])
@operation("secrets", {HTTPStatus.NO_CONTENT: None}, "not_found")
def delete_secret(name: str) -> Response[str]:
    secrets().delete(caller(app), name)
    return empty_response()


lambda_handler = handler(app)
