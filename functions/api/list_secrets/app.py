"""GET /secrets: the names of the caller's secrets."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.services.secrets import secrets

app = build_resolver(validates=False)


@app.get("/secrets", middlewares=[only_parameters(Request)])
def list_secrets() -> Response[str]:
    found = secrets().list(caller(app))
    listed = [{"name": name, "updated_at": updated_at} for name, updated_at in found.items()]
    return json_response(HTTPStatus.OK, {"secrets": listed, "total": len(listed)})


lambda_handler = handler(app)
