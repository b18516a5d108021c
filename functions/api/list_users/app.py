"""GET /users: all users, by id."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import ListUsersQuery
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.user_schemas import UserListAnswer
from workflows.services.users import users

app = build_resolver()


@app.get("/users", middlewares=[only_parameters(ListUsersQuery)])
@operation("users", {HTTPStatus.OK: UserListAnswer})
def list_users(query: Annotated[ListUsersQuery, Query()]) -> Response[str]:
    page = users().page(caller(app), query.cursor, query.limit)
    return json_response(HTTPStatus.OK, UserListAnswer.of(page, query.limit))


lambda_handler = handler(app)
