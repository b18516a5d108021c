"""GET /users/{user_id}: a user, with their tokens but for the texts."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.user_schemas import UserAnswer
from workflows.services.users import users

app = build_resolver(validates=False)


@app.get("/users/<user_id>", middlewares=[only_parameters(Request)])
@operation("users", {HTTPStatus.OK: UserAnswer}, "not_found")
def get_user(user_id: str) -> Response[str]:
    user, tokens = users().get(caller(app), user_id)
    return json_response(HTTPStatus.OK, UserAnswer.of(user, tokens))


lambda_handler = handler(app)
