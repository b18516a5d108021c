"""DELETE /users/{user_id}/tokens/{token_id}: remove a token, which stops working at once."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import empty_response
from workflows.services.tokens import tokens

app = build_resolver(validates=False)


@app.delete("/users/<user_id>/tokens/<token_id>", middlewares=[only_parameters(Request)])
@operation("users", {HTTPStatus.NO_CONTENT: None}, "not_found")
def delete_token(user_id: str, token_id: str) -> Response[str]:
    tokens().delete(caller(app), user_id, token_id)
    return empty_response()


lambda_handler = handler(app)
