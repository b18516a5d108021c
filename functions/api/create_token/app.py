"""POST /users/{user_id}/tokens: make a bearer token, and show it this once."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import CreateTokenBody, Request
from workflows.http.resolver import build_resolver, handler, location, only_parameters
from workflows.http.response import json_response
from workflows.http.user_schemas import TokenAnswer
from workflows.services.tokens import tokens

app = build_resolver()


@app.post("/users/<user_id>/tokens", middlewares=[only_parameters(Request)])
@operation("users", {HTTPStatus.CREATED: TokenAnswer}, "not_found", "limit_reached", tells=("Location",))
def create_token(user_id: str, body: Annotated[CreateTokenBody, Body()]) -> Response[str]:
    new = tokens().create(caller(app), user_id, body.name, body.expires_in_days)
    headers = {"Location": location(app, "users", user_id, "tokens", new.token.token_id)}
    return json_response(HTTPStatus.CREATED, TokenAnswer.of_new(new), headers)


lambda_handler = handler(app)
