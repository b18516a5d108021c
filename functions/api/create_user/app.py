"""POST /users: make a user."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import CreateUserBody, Request
from workflows.http.resolver import build_resolver, handler, location, only_parameters
from workflows.http.response import json_response
from workflows.http.user_schemas import UserAnswer
from workflows.services.users import user_administration

app = build_resolver()


@app.post("/users", middlewares=[only_parameters(Request)])
@operation("users", {HTTPStatus.CREATED: UserAnswer}, "conflict", tells=("Location",))
def create_user(body: Annotated[CreateUserBody, Body()]) -> Response[str]:
    user = user_administration().create(caller(app), body.user_id, body.role, body.tier)
    headers = {"Location": location(app, "users", user.user_id)}
    return json_response(HTTPStatus.CREATED, UserAnswer.of(user), headers)


lambda_handler = handler(app)
