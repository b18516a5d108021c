"""DELETE /users/{user_id}: remove a user with all tokens."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import empty_response
from workflows.services.users import user_deletions

app = build_resolver(validates=False)


@app.delete("/users/<user_id>", middlewares=[only_parameters(Request)])
@operation("users", {HTTPStatus.NO_CONTENT: None}, "not_found")
def delete_user(user_id: str) -> Response[str]:
    user_deletions().delete(caller(app), user_id)
    return empty_response()


lambda_handler = handler(app)
